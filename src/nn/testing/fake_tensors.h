// The fake backend's second table: networks that do what a text says.
#pragma once

#include <sluice/nn_backend.h>

extern const sluice_nn_tensors fake_tensors;
