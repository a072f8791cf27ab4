// fivefifty run: the milter, in the foreground.
#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "milter/cli/command.h"
#include "milter/cli/loading.h"
#include "milter/cli/metrics.h"
#include "milter/cli/process.h"
#include "milter/cli/reload.h"
#include "milter/cli/signals.h"
#include "milter/cli/world.h"
#include "milter/dns/server_address.h"
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

constexpr std::chrono::milliseconds kTick{1000};        // how often files are looked at
constexpr std::chrono::milliseconds kLastWrites{5000};  // how long the end waits for a log that is slow
constexpr std::chrono::milliseconds kLastSpeech{500};   // and for stderr

// As the user that the program runs as: a file that root made could not be opened again at SIGHUP.
void open_log(const LogOptions& wishes, LogSinks& log) {
  if (!wishes.file.empty()) log.add(file_sink(wishes.file, wishes.accepted));
  if (wishes.to_stdout) log.add(stream_sink(STDOUT_FILENO, wishes.accepted));
  if (wishes.journal) log.add(journal_sink());
  if (wishes.syslog) log.add(syslog_sink());
}

// A name server across a network can be forged more easily, and quotas of blocklists count its
// other users too.
void warn_of_distant_servers(const CaresResolver& dns) {
  for (const auto& server : not_on_loopback(dns.servers()))
    say(fmt::format(
        "warning: the resolver {} is not on loopback; run one on this machine: its answers cannot be "
        "forged on the way, and blocklists do not turn it away",
        server.text()));
}

// What lets more people at the filter than the mail server.
void warn_of_openness(const Config& config, const Service& service) {
  if (service.is_open_to_network())
    say(fmt::format(
        "warning: {} is open to the network; whoever connects decides what we see, and can end the "
        "filter: use a unix socket, or inet:PORT@127.0.0.1",
        config.socket.address));
  if (config.socket.inherited < 0 && (config.socket.mode & 0002U) != 0 &&
      !config.socket.address.starts_with("inet"))
    say(fmt::format("warning: the socket is open to all users of this machine (socket_mode {:04o})",
                    config.socket.mode));
  const auto metrics = ServerAddress::parse(config.metrics);
  if (metrics && !not_on_loopback({*metrics}).empty())
    say(fmt::format("warning: metrics are open to the network on {}", config.metrics));
  if (geteuid() == 0) say("warning: it runs as root; name a user of its own with user:");
}

// Null without a complaint: metrics are off.
tl::expected<std::unique_ptr<MetricsServer>, std::string> open_metrics(const std::string& address,
                                                                       const MetricSources& sources) {
  if (address.empty()) return nullptr;
  return MetricsServer::open(address, sources);
}

// What the main thread sees to while mail is served.
struct Duties {
  const Signals& signals;
  Reloading& reloading;
  LogSink& log;
  DescriptorWatch descriptors;

  // One signal, or none within kTick. True: the program is to end.
  bool round() {
    const int signal = signals.wait(kTick);
    sd_notify(0, "WATCHDOG=1");  // nothing where nobody watches
    if (signal == SIGHUP) {
      log.reopen();
      reloading.reload();
    } else if (signal == 0) {
      reloading.look();
      descriptors.look();
    }
    return signal != 0 && signal != SIGHUP;
  }
};

// Serves until told to end.
int serve(Service& service, Duties& duties, const Config& config) {
  int result = 0;
  std::atomic<bool> served{false};  // apart from the result: libmilter's failure is -1
  std::jthread milter([&] {
    survives("libmilter's thread", [&] { result = service.run(); });
    served = true;
    kill(getpid(), SIGTERM);  // it may have ended by itself: wake the main thread
  });
  sd_notify(0, "READY=1");
  say("ready on " + config.socket.address);
  for (bool ending = false; !ending && !served;)
    survives("the main thread", [&] { ending = duties.round(); });
  sd_notify(0, "STOPPING=1");
  say("ending; messages that have begun may be finished");
  service.stop(config.drain);
  milter.join();
  duties.log.close(kLastWrites);
  say(fmt::format("ended; {} records could not be written", duties.log.lost()));
  return result == 0 ? 0 : 75;  // EX_TEMPFAIL
}

// A socket that systemd made (fivefifty.socket) goes before all that is configured.
void take_inherited(Socket& socket) {
  if (sd_listen_fds(1) < 1) return;
  socket.inherited = SD_LISTEN_FDS_START;
  socket.address = address_of(socket.inherited);
}

// The folder of the configuration, or systemd's (StateDirectory=). What cannot be written there is said when
// it is to be.
void prepare_state(std::string& folder) {
  if (const char* given = std::getenv("STATE_DIRECTORY"); given && folder.empty()) folder = given;
  std::error_code ignored;
  if (!folder.empty()) std::filesystem::create_directory(folder, ignored);
}

// Configuration and policy, read as the user that will read them again. nullopt: what is wrong was said.
std::optional<Setup> set_up_as_user(const RunOptions& options) {
  auto config = load_config_file(options.common.config);
  if (!config) return std::nullopt;
  if (!options.common.policy.empty()) config->policy = options.common.policy;
  if (!options.socket.empty()) config->socket.address = options.socket;
  take_inherited(config->socket);
  const ActingAs user(config->user);
  if (!user.trouble().empty()) {
    say(user.trouble());
    return std::nullopt;
  }
  prepare_state(config->state);
  auto loaded = load_snapshot(*config, "", nullptr, RecipientFiles::watch);
  print(loaded);
  if (!loaded.snapshot) return std::nullopt;
  if (loaded.snapshot->recipients && config->state.empty())
    say("warning: no state: folder is configured; an address that is missing from a file of recipients "
        "after a restart is unknown at once");
  return Setup{std::move(*config), loaded.snapshot, std::move(loaded)};
}

int run_with(const Signals& signals, const RunOptions& options) {
  const auto setup = set_up_as_user(options);
  if (!setup) return 1;
  const auto& config = setup->config;
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
  warn_of_openness(config, service);
  const auto metrics = open_metrics(config.metrics, {log, service, reloading, *health, network});
  if (!metrics) {
    say(metrics.error());
    return 1;
  }
  const ListProber prober(health, *dns, say);
  Duties duties{signals, reloading, log, {}};
  return serve(service, duties, config);
}

int run(const RunOptions& options) {
  speak_from_a_thread();
  const Signals signals;
  int exit_code = 70;  // EX_SOFTWARE
  survives("the main thread", [&] {
    raise_descriptor_limit();
    exit_code = run_with(signals, options);
  });
  finish_speaking(kLastSpeech);
  return exit_code;
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
