# A layer is a folder of src/, a static library and a namespace. It may use only the layers given to it, which
# script/lib/check_layers.py checks on every build by looking at the includes.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_target(layering ALL
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/script/lib/check_layers.py ${CMAKE_SOURCE_DIR}/src
  COMMENT "Checking that no layer includes one above it" VERBATIM)

# Takes the tests that run guests out of a list: the sanitizers misread the engine's switching of stacks.
function(sluice_without_guests TESTS)
  set(kept)
  foreach(test ${${TESTS}})
    file(STRINGS ${test} guests REGEX "#include \"wasm/|components/" LIMIT_COUNT 1)
    if(NOT guests)
      list(APPEND kept ${test})
    endif()
  endforeach()
  set(${TESTS} ${kept} PARENT_SCOPE)
endfunction()

# sluice_layer(NAME [USES layer…] [LIBRARIES target…])
# Sources: every .cc of the folder; x_test.cc files make the test program NAME_test.
function(sluice_layer NAME)
  cmake_parse_arguments(ARG "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(SLUICE_SANITIZE)
    sluice_without_guests(tests)
  endif()
  list(TRANSFORM ARG_USES PREPEND sluice_)
  add_library(sluice_${NAME} STATIC ${sources})
  target_link_libraries(sluice_${NAME} PUBLIC sluice_options ${ARG_USES} ${ARG_LIBRARIES})
  sluice_precompiled(sluice_${NAME} code)
  add_dependencies(sluice_${NAME} layering)
  if(SLUICE_TESTS AND tests)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE sluice_${NAME} GTest::gmock_main rapidcheck)
    sluice_precompiled(${NAME}_test tests)
    target_compile_definitions(${NAME}_test PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                    SLUICE_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${NAME} COMMAND ${NAME}_test)
  endif()
endfunction()
