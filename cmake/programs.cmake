# Programs of WASI preview 1, built as anybody would build them: wasi-libc, no SDK.
# sluice_program(NAME source FOLDER folder [COMPILE option…] [LINK option…]): FOLDER/NAME.wasm. Names of functions are
# kept.
function(sluice_program NAME SOURCE)
  cmake_parse_arguments(ARG "" "FOLDER" "COMPILE;LINK" ${ARGN})
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${SOURCE})
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.o)
  file(MAKE_DIRECTORY ${ARG_FOLDER})
  if(SOURCE MATCHES "\\.c$")
    set(compiler ${SLUICE_CLANG} -std=gnu17)
  else()
    set(compiler ${SLUICE_CLANGXX} -std=c++23 -fno-exceptions)
  endif()
  # Linked without -O: clang would hand the program to wasm-opt, which drops the names.
  add_custom_command(OUTPUT ${ARG_FOLDER}/${NAME}.wasm
    COMMAND ${SLUICE_CCACHE} ${compiler} ${_sluice_target} -O2 -Wall -Wextra ${ARG_COMPILE} -MD -MF ${object}.d
            -MT ${ARG_FOLDER}/${NAME}.wasm -c ${source} -o ${object}
    COMMAND ${SLUICE_CLANGXX} ${_sluice_target} ${object} -Wl,--stack-first ${ARG_LINK} -o ${ARG_FOLDER}/${NAME}.wasm
    DEPENDS ${source} DEPFILE ${object}.d COMMENT "Building the program ${NAME}" COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(program-${NAME} ALL DEPENDS ${ARG_FOLDER}/${NAME}.wasm)
endfunction()
