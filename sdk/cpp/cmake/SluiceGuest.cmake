# Builds C++ sources and a WIT world into a WebAssembly component for Sluice.
#
#   include(/path/to/sdk/cpp/cmake/SluiceGuest.cmake)        or: find_package(SluiceSDK)
#   sluice_guest(NAME
#     SOURCES file.cc…           # the world's exported functions, and whatever else belongs to the guest
#     WIT file-or-folder         # the guest's own package, with its world
#     WORLD world
#     [WIT_PACKAGES path…]       # packages that the world may use, beside those of Sluice: files or folders of *.wit
#     [INCLUDES folder…] [DEFINES name[=value]…]
#     [OPTIONS flag…]            # for the compiler, after the flags below
#     [OUTPUT file.wasm])        # otherwise ${SLUICE_COMPONENTS}/NAME.wasm
#
# Makes the target NAME (in ALL). Sources reach the bindings of their world with `#include <sluice/world.h>`, the SDK's
# headers with `#include <sluice/log.h>` and so on, and nlohmann's JSON with `#include <nlohmann/json.hpp>`.
# The host project's compiler and flags play no part: guests are compiled with clang for wasm32.
include_guard(GLOBAL)

get_filename_component(SLUICE_SDK_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
get_filename_component(_sluice_root "${SLUICE_SDK_ROOT}/../.." ABSOLUTE)
set(SLUICE_DEPS "${_sluice_root}/.deps" CACHE PATH "Where script/bootstrap put the pinned packages")
set(SLUICE_WIT "${_sluice_root}/wit" CACHE PATH "The WIT packages of Sluice")
set(SLUICE_COMPONENTS "${CMAKE_BINARY_DIR}/components" CACHE PATH "Where components are written")

find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(tool CLANG:clang-22 CLANGXX:clang++-22)
  string(REPLACE ":" ";" tool ${tool})
  list(GET tool 0 variable)
  list(GET tool 1 program)
  find_program(SLUICE_${variable} ${program} DOC "Compiler for guests")
endforeach()
find_program(SLUICE_WASM_OPT wasm-opt DOC "Binaryen's optimizer")
find_program(SLUICE_WASM_TOOLS wasm-tools HINTS ${SLUICE_DEPS}/bin DOC "Makes components of core modules")
find_program(SLUICE_WIT_BINDGEN wit-bindgen HINTS ${SLUICE_DEPS}/bin DOC "Makes bindings of WIT")
find_program(SLUICE_CCACHE ccache)
foreach(needed CLANG CLANGXX WASM_OPT WASM_TOOLS WIT_BINDGEN)
  if(NOT SLUICE_${needed})
    message(FATAL_ERROR "Guests need a tool that was not found (SLUICE_${needed}). "
                        "What to do: run ${_sluice_root}/script/bootstrap")
  endif()
endforeach()

# The one place of the flags. Exceptions and RTTI are off: Debian's C++ runtime for wasm32 has none.
set(_sluice_target --target=wasm32-wasip1 --sysroot=${SLUICE_DEPS}/wasi-sysroot)
set(_sluice_compile ${_sluice_target} -Oz -ffunction-sections -fdata-sections -fvisibility=hidden -Wall -Wextra)
set(_sluice_compile_cxx -std=c++23 -fno-exceptions -fno-rtti -DJSON_NOEXCEPTION -DJSON_NO_IO)
# The stack lies first, so that an overflow traps instead of running into data.
set(_sluice_link ${_sluice_target} -mexec-model=reactor
                 -Wl,--strip-all,--gc-sections,--stack-first,-z,stack-size=524288,--fatal-warnings)
set(_sluice_opt -Oz --strip-debug --strip-producers --enable-bulk-memory --enable-sign-ext --enable-mutable-globals
                --enable-nontrapping-float-to-int --enable-multivalue --enable-reference-types --enable-simd)
set(_sluice_tool ${SLUICE_SDK_ROOT}/tools/guest.py)

# Appends the object of SOURCE to the list OBJECTS of the caller.
function(_sluice_compile_source OBJECTS SOURCE)
  cmake_parse_arguments(ARG "" "GUEST;OUT;NAME" "FLAGS;DEPENDS" ${ARGN})
  get_filename_component(extension ${SOURCE} LAST_EXT)
  set(compiler ${SLUICE_CLANGXX})
  if(extension STREQUAL ".c")
    set(compiler ${SLUICE_CLANG})
    list(FILTER ARG_FLAGS EXCLUDE REGEX "^(-std=c\\+\\+|-fno-rtti|-fno-exceptions)")
  endif()
  set(object ${ARG_OUT}/${ARG_NAME}.o)
  get_filename_component(folder ${object} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${object}
    COMMAND ${SLUICE_CCACHE} ${compiler} ${ARG_FLAGS} -MD -MF ${object}.d -MT ${object} -c ${SOURCE} -o ${object}
    DEPENDS ${SOURCE} ${ARG_DEPENDS} DEPFILE ${object}.d
    COMMENT "Compiling ${ARG_NAME} of guest ${ARG_GUEST}" COMMAND_EXPAND_LISTS VERBATIM)
  set(${OBJECTS} ${${OBJECTS}} ${object} PARENT_SCOPE)
endfunction()

function(sluice_guest NAME)
  cmake_parse_arguments(ARG "" "WIT;WORLD;OUTPUT" "SOURCES;WIT_PACKAGES;INCLUDES;DEFINES;OPTIONS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES OR NOT ARG_WIT OR NOT ARG_WORLD)
    message(FATAL_ERROR "sluice_guest(${NAME}): needs SOURCES, WIT and WORLD; unknown: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.guest)
  set(gen ${out}/gen)
  file(MAKE_DIRECTORY ${out} ${SLUICE_COMPONENTS})
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT ${SLUICE_COMPONENTS}/${NAME}.wasm)
  endif()

  # Bindings.
  set(places ${ARG_WIT} ${SLUICE_WIT} ${ARG_WIT_PACKAGES})
  set(wit_files)
  set(shared)
  foreach(place ${places})
    get_filename_component(place ${place} ABSOLUTE)
    list(APPEND shared ${place})
    if(IS_DIRECTORY ${place})
      file(GLOB found CONFIGURE_DEPENDS ${place}/*.wit)
      list(APPEND wit_files ${found})
    else()
      list(APPEND wit_files ${place})
    endif()
  endforeach()
  list(POP_FRONT shared own)
  set(generated ${gen}/bindings.cpp ${gen}/component_type.o ${gen}/docs.bin ${gen}/sluice/world.h
                ${gen}/sluice/world_imports.h)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${Python3_EXECUTABLE} ${_sluice_tool} world --name ${NAME} --wit ${own} --shared ${shared}
            --world ${ARG_WORLD} --wasm-tools ${SLUICE_WASM_TOOLS} --wit-bindgen ${SLUICE_WIT_BINDGEN} --out ${out}
    DEPENDS ${wit_files} ${_sluice_tool} COMMENT "Making bindings of guest ${NAME}" VERBATIM)

  # Objects.
  list(TRANSFORM ARG_DEFINES PREPEND -D)
  set(includes -I${gen} -I${SLUICE_SDK_ROOT}/include -isystem ${SLUICE_DEPS}/guest-include)
  foreach(folder ${ARG_INCLUDES})
    get_filename_component(folder ${folder} ABSOLUTE)
    list(APPEND includes -I${folder})
  endforeach()
  set(flags ${_sluice_compile} ${_sluice_compile_cxx} ${includes} ${ARG_DEFINES} ${SLUICE_GUEST_OPTIONS}
            ${ARG_OPTIONS})
  set(objects)
  foreach(source ${ARG_SOURCES})
    get_filename_component(path ${source} ABSOLUTE)
    file(RELATIVE_PATH label ${CMAKE_CURRENT_SOURCE_DIR} ${path})
    string(REPLACE "../" "up/" label ${label})
    _sluice_compile_source(objects ${path} GUEST ${NAME} OUT ${out}/obj NAME ${label} FLAGS ${flags}
                           DEPENDS ${generated})
  endforeach()
  _sluice_compile_source(objects ${gen}/bindings.cpp GUEST ${NAME} OUT ${out}/obj NAME bindings
                         FLAGS ${flags} -w DEPENDS ${generated})
  foreach(part no_wasi runtime)
    _sluice_compile_source(objects ${SLUICE_SDK_ROOT}/src/${part}.c GUEST ${NAME} OUT ${out}/obj NAME ${part}
                           FLAGS ${_sluice_compile} -I${gen} DEPENDS ${gen}/sluice/world_imports.h)
  endforeach()

  # Core module, then component.
  add_custom_command(OUTPUT ${out}/core.wasm BYPRODUCTS ${out}/linked.wasm
    COMMAND ${SLUICE_CLANGXX} ${_sluice_link} ${objects} ${gen}/component_type.o -o ${out}/linked.wasm
    COMMAND ${SLUICE_WASM_OPT} ${_sluice_opt} ${out}/linked.wasm -o ${out}/core.wasm
    DEPENDS ${objects} ${gen}/component_type.o COMMENT "Linking guest ${NAME}" COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_command(OUTPUT ${ARG_OUTPUT}
    COMMAND ${Python3_EXECUTABLE} ${_sluice_tool} component --name ${NAME} --world ${ARG_WORLD} --wit ${out}/wit
            --core ${out}/core.wasm --docs ${gen}/docs.bin --wasm-tools ${SLUICE_WASM_TOOLS} --out ${ARG_OUTPUT}
    DEPENDS ${out}/core.wasm ${gen}/docs.bin ${_sluice_tool}
    COMMENT "Making component ${NAME}" VERBATIM)
  add_custom_target(${NAME} ALL DEPENDS ${ARG_OUTPUT})
  set_target_properties(${NAME} PROPERTIES SLUICE_COMPONENT ${ARG_OUTPUT})
endfunction()
