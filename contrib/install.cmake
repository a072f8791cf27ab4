# What `cmake --install` puts where. Included by CMakeLists.txt, and by tests/install/staged with a program that is built
# already (FIVEFIFTY_PROGRAM).
#
#   PREFIX/bin/fivefifty                   PREFIX is /usr/local unless -DCMAKE_INSTALL_PREFIX says otherwise
#   /etc/fivefifty/                        yours: what is there is never overwritten, the new one is put beside it as NAME.dist
#   PREFIX/share/fivefifty/                JSON Schemas, lines for Postfix and Sendmail
#   PREFIX/lib/systemd, sysusers.d, tmpfiles.d; /etc/logrotate.d; completions; manual pages; documents
#
# DESTDIR stages all of it, /etc too. The paths are written into the unit, so --prefix cannot change them afterwards.
include(GNUInstallDirs)
# One place for the configuration, whatever the prefix: `fivefifty check` looks there.
set(fivefifty_conf /etc/fivefifty)
set(fivefifty_share ${CMAKE_INSTALL_DATADIR}/fivefifty)
set(fivefifty_schemas ${CMAKE_INSTALL_FULL_DATADIR}/fivefifty/schemas)
get_filename_component(fivefifty_source ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(fivefifty_staged ${CMAKE_BINARY_DIR}/install)  # files that differ from those of the source

install(CODE "
  if(NOT CMAKE_INSTALL_PREFIX STREQUAL \"${CMAKE_INSTALL_PREFIX}\")
    message(FATAL_ERROR \"This build is for ${CMAKE_INSTALL_PREFIX}: configure again with -DCMAKE_INSTALL_PREFIX=\${CMAKE_INSTALL_PREFIX}, \"
      \"or stage it below a folder with DESTDIR=FOLDER.\")
  endif()")

if(TARGET fivefifty)
  install(TARGETS fivefifty RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(fivefifty_built $<TARGET_FILE:fivefifty>)
else()
  set(fivefifty_built ${FIVEFIFTY_PROGRAM})
  install(PROGRAMS ${FIVEFIFTY_PROGRAM} DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME fivefifty)
endif()

# The configuration, with the schemas where an editor finds them. A package manager looks after changed files itself.
foreach(name policy.yaml fivefifty.yaml)
  file(READ ${fivefifty_source}/conf/${name} text)
  string(REPLACE "$schema=schemas/" "$schema=${fivefifty_schemas}/" text "${text}")
  file(WRITE ${fivefifty_staged}/${name} "${text}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${fivefifty_source}/conf/${name})
  install(CODE "
    set(there \"\$ENV{DESTDIR}${fivefifty_conf}/${name}\")
    set(as ${name})
    if(EXISTS \"\${there}\")
      file(SHA256 \"\${there}\" ours)
      file(SHA256 ${fivefifty_staged}/${name} new)
      if(NOT ours STREQUAL new)
        set(as ${name}.dist)
        message(STATUS \"Kept as it is: \${there}\")
      endif()
    endif()
    file(INSTALL DESTINATION ${fivefifty_conf} TYPE FILE RENAME \${as} FILES ${fivefifty_staged}/${name})")
endforeach()

install(DIRECTORY ${fivefifty_source}/conf/schemas DESTINATION ${fivefifty_share})
install(FILES ${fivefifty_source}/conf/lists.yaml DESTINATION ${fivefifty_share})
install(DIRECTORY ${fivefifty_source}/conf/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${fivefifty_source}/conf/sendmail DESTINATION ${fivefifty_share})
install(DIRECTORY ${fivefifty_source}/conf/postfix DESTINATION ${fivefifty_share})
install(PROGRAMS ${fivefifty_source}/contrib/postfix/enable ${fivefifty_source}/contrib/postfix/disable
  DESTINATION ${fivefifty_share}/postfix)

# The service. systemd looks for units in /usr/local/lib too.
configure_file(${fivefifty_source}/contrib/systemd/fivefifty.service.in ${fivefifty_staged}/fivefifty.service @ONLY)
install(FILES ${fivefifty_staged}/fivefifty.service ${fivefifty_source}/contrib/systemd/fivefifty.socket
  DESTINATION lib/systemd/system)
install(FILES ${fivefifty_source}/contrib/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME fivefifty.conf)
install(FILES ${fivefifty_source}/contrib/systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME fivefifty.conf)
install(FILES ${fivefifty_source}/contrib/systemd/logrotate.conf DESTINATION /etc/logrotate.d RENAME fivefifty)

# The program prints its manual pages and completions itself, so they are those of this very program.
install(CODE "
  foreach(print man:fivefifty.1 man:fivefifty.yaml.5 man:fivefifty-policy.5 man:fivefifty-log.5
      completion:bash completion:zsh completion:fish)
    string(REPLACE : \";\" words \"\${print}\")
    list(GET words 1 name)
    execute_process(COMMAND \"${fivefifty_built}\" docs \${words} OUTPUT_FILE \"${fivefifty_staged}/\${name}\" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()")
install(FILES ${fivefifty_staged}/fivefifty.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${fivefifty_staged}/fivefifty.yaml.5 ${fivefifty_staged}/fivefifty-policy.5 ${fivefifty_staged}/fivefifty-log.5
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${fivefifty_staged}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME fivefifty)
install(FILES ${fivefifty_staged}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _fivefifty)
install(FILES ${fivefifty_staged}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME fivefifty.fish)

install(FILES ${fivefifty_source}/README.md ${fivefifty_source}/CHANGELOG.md ${fivefifty_source}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(CODE "
  if(NOT DEFINED ENV{DESTDIR} OR \"\$ENV{DESTDIR}\" STREQUAL \"\")
    message(STATUS \"Next: systemd-sysusers; systemd-tmpfiles --create; edit ${fivefifty_conf}/policy.yaml; \"
      \"fivefifty check --config ${fivefifty_conf}/fivefifty.yaml; systemctl enable --now fivefifty\")
  endif()")
