# Sanitized builds read the large headers once. The other builds do not, so that a source which forgets an include is
# found.
#
# sluice_precompiled(TARGET code|tests)
if(SLUICE_SANITIZE)
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cc "")
  foreach(kind code tests)
    add_library(precompiled_${kind} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled.cc)
    target_link_libraries(precompiled_${kind} PRIVATE sluice_options Boost::headers nlohmann_json::nlohmann_json fmt::fmt)
    target_precompile_headers(precompiled_${kind} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled_${kind}.h)
  endforeach()
  target_link_libraries(precompiled_tests PRIVATE GTest::gmock rapidcheck)
  target_compile_options(precompiled_tests PRIVATE -O0)
endif()

function(sluice_precompiled TARGET KIND)
  if(SLUICE_SANITIZE)
    target_precompile_headers(${TARGET} REUSE_FROM precompiled_${KIND})
    if(KIND STREQUAL "tests")
      # Half of the time to compile, and most of what runs is the code under test.
      target_compile_options(${TARGET} PRIVATE -O0)
    endif()
  endif()
endfunction()
