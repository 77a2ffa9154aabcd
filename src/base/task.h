// Coroutines: everything that waits is a Task on the io_context (one thread) of its shard.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/error.h"

namespace sluice {

namespace asio = boost::asio;

template <class T>
using Task = asio::awaitable<T>;

}  // namespace sluice
