// Read once in sanitized builds, see precompiled.cmake.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "precompiled_code.h"
