include(${CMAKE_CURRENT_LIST_DIR}/SluiceGuest.cmake)
