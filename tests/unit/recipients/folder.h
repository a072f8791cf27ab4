// A folder of one's own, the files of recipients in it, and what was said of them.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "milter/recipients/recipients.h"

namespace milter::test {

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    std::string name = (std::filesystem::temp_directory_path() / "recipients-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~FolderTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name = "list.txt") const { return (folder_ / name).string(); }

  // In place, as editors and exports do it.
  void write(const std::string& text, const std::string& name = "list.txt") const {
    std::ofstream(folder_ / name) << text;
  }
  // As careful tools do it: a new file takes the old one's name.
  void replace(const std::string& text) const {
    write(text, "new.txt");
    std::filesystem::rename(folder_ / "new.txt", folder_ / "list.txt");
  }
  // a0@example.net to aN-1@example.net.
  static std::string people(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) out += "a" + std::to_string(i) + "@example.net\n";
    return out;
  }

  Say say() {
    return [this](const std::string& sentence) {
      const std::scoped_lock lock(mutex_);
      said_.push_back(sentence);
    };
  }
  std::vector<std::string> said() {
    const std::scoped_lock lock(mutex_);
    return said_;
  }
  void forget_said() {
    const std::scoped_lock lock(mutex_);
    said_.clear();
  }

  std::filesystem::path folder_;

 private:
  std::mutex mutex_;
  std::vector<std::string> said_;
};

}  // namespace milter::test
