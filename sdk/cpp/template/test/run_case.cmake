# Runs one case: cmake -D PROGRAM=sluice -D APP=folder -D CASE=cases/name -P run_case.cmake
execute_process(
  COMMAND "${PROGRAM}" invoke "${APP}" --data-file "${CASE}.event.json"
  OUTPUT_VARIABLE answer ERROR_VARIABLE messages RESULT_VARIABLE code)

if(EXISTS "${CASE}.refusal.txt")
  file(READ "${CASE}.refusal.txt" reason)
  string(STRIP "${reason}" reason)
  string(FIND "${messages}" "${reason}" found)
  if(NOT code EQUAL 1 OR found EQUAL -1)
    message(FATAL_ERROR "Expected a refusal that says: ${reason}\nGot exit code ${code}: ${answer}${messages}")
  endif()
  return()
endif()

if(NOT code EQUAL 0)
  message(FATAL_ERROR "Expected an answer. Got exit code ${code}: ${messages}")
endif()
file(READ "${CASE}.answer.json" expected)
string(JSON same ERROR_VARIABLE problem EQUAL "${expected}" "${answer}")
if(NOT same)
  message(FATAL_ERROR "Expected: ${expected}\nGot: ${answer}\n${problem}")
endif()
