# The version as a source file, made anew when the tree is called otherwise (contrib/version). Included by CMakeLists.txt, and
# run by each build with -DOUT=FILE, so that a commit between two builds shows.
if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.25)
  execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT "#include \"milter/cli/version.h\"
std::string_view milter::built_version() { return \"@version@\"; }
")
else()
  set(version_source ${CMAKE_BINARY_DIR}/version_text.cc)
  add_custom_target(version_text BYPRODUCTS ${version_source}
    COMMAND ${CMAKE_COMMAND} -DOUT=${version_source} -P ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
endif()
