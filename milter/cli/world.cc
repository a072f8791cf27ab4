#include "milter/cli/world.h"

#include <fmt/format.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "milter/cli/loading.h"
#include "milter/dns/cares_resolver.h"
#include "milter/dns/zone.h"
#include "milter/dns/zone_parse.h"
#include "milter/log/say.h"

namespace milter {
namespace {

std::shared_ptr<Resolver> open_zone(const std::string& path) {
  LoadedTexts loaded;
  const auto text = read_file(path);
  if (!text) {
    say(text.error());
    return nullptr;
  }
  auto zone = parse_zone(*text, path);
  if (zone) return *zone;
  loaded.texts[path] = *text;
  loaded.diagnostics = zone.error();
  print(loaded);
  return nullptr;
}

}  // namespace

std::int64_t SystemClock::unix_millis() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::shared_ptr<Resolver> open_resolver(const std::string& zone_file,
                                        const std::vector<std::string>& servers) {
  if (!zone_file.empty()) return open_zone(zone_file);
  ResolverSettings settings;
  for (const auto& text : servers) {
    const auto server = ServerAddress::parse(text);
    if (!server) {
      say(fmt::format("resolvers: {} is no address of a name server", text));
      return nullptr;
    }
    settings.engine.servers.push_back(*server);
  }
  return std::make_shared<CaresResolver>(std::move(settings));
}

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.data(), nullptr, &hints, &found) != 0) return name.data();
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  return found->ai_canonname ? found->ai_canonname : name.data();
}

}  // namespace milter
