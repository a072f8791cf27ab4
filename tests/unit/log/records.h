// Records to be logged, and a place for files.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "policy/record/record.h"

namespace milter::test {

inline policy::Record rejection(std::string ref = "1NGBT0000001") {
  policy::Record record;
  record.ts = "2026-11-24T12:00:00.000Z";
  record.event = policy::Event::reject;
  record.ref = std::move(ref);
  record.reason = "relay-denied";
  record.code = 550;
  record.enhanced = "5.7.1";
  record.rule = "relay";
  record.client_ip = "192.0.2.1";
  record.mail_from = "a@example.org";
  record.rcpt = {"b@example.net"};
  return record;
}

inline policy::Record acceptance() {
  auto record = rejection();
  record.event = policy::Event::accept;
  record.reason.clear();
  record.code.reset();
  return record;
}

inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// A folder of its own, gone at the end.
struct Folder {
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "logXXXXXX";
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

}  // namespace milter::test
