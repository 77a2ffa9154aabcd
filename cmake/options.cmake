# What the presets of CMakePresets.json switch.
option(SLUICE_GUESTS "Build the components (integrations, apps, test guests)" ON)
option(SLUICE_TESTS "Build the tests" ON)
option(SLUICE_BENCH "Build the benchmarks" OFF)
option(SLUICE_FUZZ "Build the fuzz targets (clang only)" OFF)
set(SLUICE_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

set(SLUICE_DEPS "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "Where script/bootstrap put the pinned packages")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
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
  # Clang builds the fuzz targets only. It warns of libstdc++ 12's own std::stable_sort, among others: the gcc builds
  # hold the line on warnings.
  target_compile_options(sluice_options INTERFACE -Wno-deprecated-declarations -Wno-error)
endif()
target_include_directories(sluice_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(sluice_options INTERFACE BOOST_ASIO_NO_DEPRECATED)
if(SLUICE_SANITIZE)
  target_compile_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer -g)
  # Instrumented code makes gcc 12 warn of what it cannot see through; the plain builds hold the line on warnings.
  target_compile_options(sluice_options INTERFACE -Wno-error)
  target_link_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE})
  if(SLUICE_SANITIZE MATCHES "thread")
    # ThreadSanitizer knows no fences. Asio's queues are guarded by mutexes, which it does know.
    target_compile_definitions(sluice_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
