// The thread that looks at one file of recipients. A file on a server that does not answer holds up this thread and
// nobody else: not mail, not the main thread, not other files, not the end.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "milter/recipients/recipient_file.h"

namespace milter {

// Any thread, but for its construction and destruction.
class RecipientWatch {
 public:
  // A stat() a second costs nothing, and nobody waits longer for a new mailbox.
  static constexpr std::chrono::seconds kLookInterval{1};

  // `say` is called from the thread; an exception of its, or of a look, is survived.
  RecipientWatch(RecipientFile::Settings settings, RecipientFile::Say say, std::vector<std::string> patterns);
  ~RecipientWatch();  // a thread that is stuck is left behind
  RecipientWatch(const RecipientWatch&) = delete;
  RecipientWatch& operator=(const RecipientWatch&) = delete;

  // Waits until the file was looked at for the first time, or until `end`.
  void wait_for_first_look(std::chrono::steady_clock::time_point end) const;

  void answers_for(std::vector<std::string> patterns);

  std::shared_ptr<const RecipientContents> contents() const;  // never null
  const RecipientFile::Settings& settings() const;

 private:
  struct Shared;
  static void run(Shared& shared);
  std::shared_ptr<Shared> shared_;
};

Moment moment_now();

}  // namespace milter
