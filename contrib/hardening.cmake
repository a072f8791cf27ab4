# What a release is compiled with, whoever compiles it: included by CMakeLists.txt. Each flag costs little and turns a memory
# fault into an end of the process (the mail server then defers) instead of somebody else's program.
include(CheckCXXCompilerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)  # CMAKE_POSITION_INDEPENDENT_CODE then links executables with -pie

set(released $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
# _FORTIFY_SOURCE needs an optimising compiler; Debian's compiler flags may have set another level before.
add_compile_options("$<${released}:-U_FORTIFY_SOURCE>" "$<${released}:-D_FORTIFY_SOURCE=2>" "$<${released}:-D_GLIBCXX_ASSERTIONS>"
  "$<${released}:-fstack-protector-strong>")
foreach(flag -fstack-clash-protection -fcf-protection)  # not on every processor
  string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
  check_cxx_compiler_flag(${flag} ${have})
  if(${have})
    add_compile_options("$<${released}:${flag}>")
  endif()
endforeach()
add_link_options("$<${released}:LINKER:-z,relro,-z,now>")
