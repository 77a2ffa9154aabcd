# What the presets of CMakePresets.json switch.
option(SLUICE_GUESTS "Build the components (integrations, apps, test guests)" ON)
option(SLUICE_TESTS "Build the tests" ON)
option(SLUICE_BENCH "Build the benchmarks" OFF)
option(SLUICE_FUZZ "Build the fuzz targets; needs SLUICE_SANITIZE with address" OFF)
set(SLUICE_SANITIZE "" CACHE STRING "Sanitizers (clang only), e.g. address,undefined or thread")

set(SLUICE_DEPS "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "Where script/bootstrap put the pinned packages")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT SLUICE_SANITIZE)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Smaller than CMake's -O3, and no slower here.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(sluice_options INTERFACE)
target_compile_options(sluice_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 takes members of std::optional and of coroutine frames for uninitialized, and how Asio allocates frames for a
  # mismatch wherever it inlines one half of it alone.
  target_compile_options(sluice_options INTERFACE -fcoroutines -Wno-maybe-uninitialized
                         $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Clang builds what is sanitized. It warns of libstdc++ 12's own std::stable_sort, among others: the gcc builds hold
  # the line on warnings.
  target_compile_options(sluice_options INTERFACE -Wno-deprecated-declarations -Wno-error)
endif()
target_include_directories(sluice_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(sluice_options INTERFACE BOOST_ASIO_NO_DEPRECATED)
if(SLUICE_SANITIZE)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "Sanitized code is built with clang, three times as fast as gcc 12: use the presets `asan` and `tsan`")
  endif()
  target_compile_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE} -fuse-ld=lld)
  if(SLUICE_FUZZ)
    # What the fuzz targets are guided by; the tests do not mind.
    target_compile_options(sluice_options INTERFACE -fsanitize=fuzzer-no-link)
  endif()
  if(SLUICE_SANITIZE MATCHES "thread")
    # ThreadSanitizer knows no fences. Asio's queues are guarded by mutexes, which it does know.
    target_compile_definitions(sluice_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
