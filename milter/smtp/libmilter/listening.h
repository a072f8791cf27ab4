// A listening socket by its number or its name: what it is called, who has come in by it, and how it goes silent.
// libmilter owns the sockets and shows none of them, so the kernel is asked. Any thread.
#pragma once
#include <string>

namespace milter {

// "unix:PATH" or "inet:PORT@HOST", "inet6:PORT@HOST", as libmilter writes them; "" if it is none of these.
std::string address_of(int socket);

// Connections of this process that came in by the socket of this address and are open, whether they have said
// anything or not. Of an inet address only family and port count: one that listens on all hosts is called by
// each of them. 0 where there is no /proc.
int accepted_on(const std::string& address);

// Puts a listening socket that nobody can reach in the place of one that systemd keeps: libmilter accepts
// no more, and who comes now waits for the next process. Closing it would not do, libmilter goes on asking
// for its number.
void go_silent(int listening);

}  // namespace milter
