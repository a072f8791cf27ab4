// The thread that keeps the self-tests going.
#include "milter/lists/prober.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace milter {
namespace {

class Broken : public Resolver {
 public:
  Lookup query(std::string_view, RecordType) override { throw std::runtime_error("out of something"); }
};

TEST(ListProber, SurvivesAnExceptionAndSaysIt) {
  Broken dns;
  const auto health = std::make_shared<ListHealth>();
  policy::List list;
  list.id = "zen";
  list.zone = "zen.example";
  health->use({list});
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> said;
  const ListProber prober(health, dns, [&](const std::string& sentence) {
    const std::scoped_lock lock(mutex);
    said.push_back(sentence);
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return !said.empty(); }));
  EXPECT_EQ(said.front(), "error in the self-tests of lists: out of something");
}

}  // namespace
}  // namespace milter
