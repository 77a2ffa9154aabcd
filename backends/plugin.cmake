# sluice_network_plugin(NAME INCLUDES folder… LIBRARIES file…)
# Of the sources of a folder: build/backends/sluice-nn-NAME.so, and NAME_test of its x_test.cc files, which are linked
# with the library as well, to compare with what it computes without the plug-in. The library is found beside the
# plug-in (installed) or where it was linked from.
function(sluice_network_plugin NAME)
  cmake_parse_arguments(ARG "" "" "INCLUDES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(folders)
  foreach(file ${ARG_LIBRARIES})
    get_filename_component(folder ${file} DIRECTORY)
    list(APPEND folders ${folder})
  endforeach()
  list(REMOVE_DUPLICATES folders)

  add_library(nn_library_${NAME} INTERFACE)
  target_include_directories(nn_library_${NAME} SYSTEM INTERFACE ${ARG_INCLUDES})
  target_link_libraries(nn_library_${NAME} INTERFACE ${ARG_LIBRARIES})

  add_library(sluice-nn-${NAME} MODULE ${sources})
  target_link_libraries(sluice-nn-${NAME} PRIVATE backends_networks nn_library_${NAME})
  target_link_options(sluice-nn-${NAME} PRIVATE LINKER:--exclude-libs,ALL)
  set_target_properties(sluice-nn-${NAME} PROPERTIES
    PREFIX ""
    CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/backends
    BUILD_RPATH "$ORIGIN;${folders}")

  if(SLUICE_TESTS)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE backends_testing nn_library_${NAME} GTest::gmock_main)
    target_compile_definitions(${NAME}_test PRIVATE
      SLUICE_PLUGIN="$<TARGET_FILE:sluice-nn-${NAME}>" SLUICE_NETWORKS="${CMAKE_SOURCE_DIR}/tests/data/nn"
      SLUICE_MODELS="${SLUICE_DEPS}/models")
    set_target_properties(${NAME}_test PROPERTIES BUILD_RPATH "${folders}")
    add_dependencies(${NAME}_test sluice-nn-${NAME})
    add_test(NAME ${NAME} COMMAND ${NAME}_test)
  endif()
endfunction()
