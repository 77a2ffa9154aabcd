# Third-party packages: Debian's, and what script/bootstrap put into .deps/.
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
# For SHA-256 alone (base/hash.cc).
find_library(OPENSSL_CRYPTO_STATIC libcrypto.a REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
if(SLUICE_TESTS OR SLUICE_FUZZ)
  find_package(GTest REQUIRED)
  find_library(RAPIDCHECK rapidcheck REQUIRED)
  add_library(rapidcheck INTERFACE)
  target_link_libraries(rapidcheck INTERFACE ${RAPIDCHECK})
endif()

add_library(wasmtime SHARED IMPORTED)
set_target_properties(wasmtime PROPERTIES
  IMPORTED_LOCATION ${SLUICE_DEPS}/wasmtime/lib/libwasmtime.so
  IMPORTED_NO_SONAME TRUE
  INTERFACE_INCLUDE_DIRECTORIES ${SLUICE_DEPS}/wasmtime/include)

# Programs find the engine beside themselves (a copied or installed program) or in .deps, wherever the tree was moved.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_BUILD_RPATH "$ORIGIN;$ORIGIN/../lib/sluice")
