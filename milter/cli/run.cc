// fivefifty run: the milter, in the foreground.
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <thread>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/metrics.h"
#include "milter/cli/reload.h"
#include "milter/cli/signals.h"
#include "milter/cli/world.h"
#include "milter/lists/health.h"
#include "milter/lists/prober.h"
#include "milter/log/line_sink.h"
#include "milter/log/say.h"
#include "milter/log/system_sink.h"
#include "milter/smtp/libmilter/listening.h"
#include "milter/smtp/libmilter/service.h"

namespace milter {
namespace {

struct RunOptions {
  CommonOptions common;
  std::string socket;
};

constexpr std::chrono::milliseconds kTick{1000};  // how often files are looked at

// As the user that the program runs as: a file that root made could not be opened again at SIGHUP.
void open_log(const LogWishes& wishes, LogSinks& log) {
  if (!wishes.file.empty()) log.add(file_sink(wishes.file, wishes.accepted));
  if (wishes.to_stdout) log.add(stream_sink(STDOUT_FILENO, wishes.accepted));
  if (wishes.journal) log.add(queued_sink(journal_sink()));
  if (wishes.syslog) log.add(queued_sink(syslog_sink()));
}

// "" or what went wrong. Only root can change who it is; anyone else stays.
std::string become(const std::string& user) {
  if (user.empty() || geteuid() != 0) return "";
  const auto* entry = getpwnam(user.c_str());
  if (!entry) return fmt::format("there is no user {}", user);
  if (initgroups(user.c_str(), entry->pw_gid) == 0 && setgid(entry->pw_gid) == 0 &&
      setuid(entry->pw_uid) == 0)
    return "";
  return fmt::format("cannot become {}: {}", user, std::strerror(errno));
}

// A name server across a network can be forged more easily, and quotas of blocklists count its other users
// too.
void warn_of_distant_servers(const CaresResolver& dns) {
  for (const auto& server : not_on_loopback(dns.servers()))
    say(fmt::format(
        "warning: the resolver {} is not on loopback; run one on this machine: its answers cannot be "
        "forged on the way, and blocklists do not turn it away",
        server.text()));
}

// Null without a complaint: metrics are off.
tl::expected<std::unique_ptr<MetricsServer>, std::string> open_metrics(const std::string& address,
                                                                       const MetricSources& sources) {
  if (address.empty()) return nullptr;
  return MetricsServer::open(address, sources);
}

// Serves until told to end. The main thread sees to signals and changed files meanwhile.
int serve(Service& service, Reloading& reloading, LogSink& log, const Config& config) {
  int result = 0;
  std::atomic<bool> served{false};  // apart from the result: libmilter's failure is -1
  const Signals signals;
  std::thread milter([&] {
    result = service.run();
    served = true;
    kill(getpid(), SIGTERM);  // it may have ended by itself: wake the main thread
  });
  sd_notify(0, "READY=1");
  say("ready on " + config.socket.address);
  for (bool ending = false; !ending && !served;) {
    const int signal = signals.wait(kTick);
    sd_notify(0, "WATCHDOG=1");  // ignored where no watchdog was asked for
    if (signal == SIGHUP) {
      log.reopen();
      reloading.reload();
    } else if (signal != 0) {
      ending = true;
    } else {
      reloading.look();
    }
  }
  sd_notify(0, "STOPPING=1");
  say("ending; sessions may finish");
  service.stop(config.drain);
  milter.join();
  say(fmt::format("ended; {} records could not be written", log.lost()));
  return result == 0 ? 0 : 75;  // EX_TEMPFAIL
}

// A socket that systemd made (fivefifty.socket) goes before all that is configured.
void take_inherited(Socket& socket) {
  if (sd_listen_fds(1) < 1) return;
  socket.inherited = SD_LISTEN_FDS_START;
  socket.address = address_of(socket.inherited);
}

int run(const RunOptions& options) {
  auto setup = set_up(options.common);
  if (!setup) return 1;
  print(setup->warnings);
  auto& config = setup->config;
  if (!options.socket.empty()) config.socket.address = options.socket;
  take_inherited(config.socket);
  const auto dns = open_resolver(options.common.zone, config.resolvers);
  if (!dns) return 1;
  const auto health = std::make_shared<ListHealth>(say);
  health->use(setup->snapshot->policy.lists, setup->snapshot->policy.lists_give_up);
  const SystemClock clock;
  const World world{*dns, clock, config.budgets, config.headers, health.get()};
  CurrentSnapshot current(setup->snapshot);
  LogSinks sinks(config.log.accepted);
  CountedLog log(sinks);
  Service service({world, current, log});
  for (const auto& trouble : {service.open(config.socket), become(config.user)}) {
    if (trouble.empty()) continue;
    say(trouble);
    return 1;
  }
  open_log(config.log, sinks);
  Reloading reloading(config, current, *health);
  const auto* network = dynamic_cast<const CaresResolver*>(dns.get());  // null: a scripted zone
  if (network) warn_of_distant_servers(*network);
  const auto metrics = open_metrics(config.metrics, {log, service, reloading, *health, network});
  if (!metrics) {
    say(metrics.error());
    return 1;
  }
  const ListProber prober(health, *dns);
  return serve(service, reloading, log, config);
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("run", "The milter, in the foreground; SIGHUP reloads, SIGTERM ends");
  auto options = std::make_shared<RunOptions>();
  add_common(*command, options->common);
  command->add_option("--socket", options->socket,
                      "unix:PATH or inet:PORT@HOST; without it the one of --config");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace milter
