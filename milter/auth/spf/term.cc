#include "milter/auth/spf/term.h"

#include <fmt/core.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>

// libspf2's headers are C that C++ warns about.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
extern "C" {
#include <spf2/spf.h>
#include <spf2/spf_dns.h>
#include <spf2/spf_dns_rr.h>
}
#pragma GCC diagnostic pop

namespace milter {
namespace {

using policy::Address;

// The names that libspf2 may ask for. RFC 6761: "invalid" is nobody's.
constexpr std::string_view kTarget = "t.t.invalid";
constexpr std::string_view kHostSuffix = ".h.invalid";     // "3.h.invalid": the fourth exchanger or pointer
constexpr std::string_view kBelowSuffix = ".t.t.invalid";  // the same, for a pointer below the target
constexpr int kTtl = 60;                                   // read by nobody: libspf2's cache is not used

// What is known of one term: exchangers or pointers with their addresses, or addresses alone.
struct Answers {
  std::vector<Address> target;
  std::vector<SpfPointer> hosts;
};

std::string host_name(std::size_t index, bool below_target) {
  return fmt::format("{}{}", index, below_target ? kBelowSuffix : kHostSuffix);
}

template <class Free>
struct Deleter {
  template <class T>
  void operator()(T* t) const {
    Free::free(t);
  }
};
struct FreeServer {
  static void free(SPF_server_t* server) { SPF_server_free(server); }
};
struct FreeRequest {
  static void free(SPF_request_t* request) { SPF_request_free(request); }
};
struct FreeResponse {
  static void free(SPF_response_t* response) { SPF_response_free(response); }
};
struct FreeRecord {
  static void free(SPF_record_t* record) { SPF_record_free(record); }
};
using Server = std::unique_ptr<SPF_server_t, Deleter<FreeServer>>;
using Request = std::unique_ptr<SPF_request_t, Deleter<FreeRequest>>;
using Response = std::unique_ptr<SPF_response_t, Deleter<FreeResponse>>;
using Record = std::unique_ptr<SPF_record_t, Deleter<FreeRecord>>;

// Appends `size` bytes as one more resource record. Out of memory leaves it out of a set that libspf2 would
// not survive anyway.
void append(SPF_dns_rr_t& set, const void* bytes, std::size_t size) {
  const int index = set.num_rr;
  if (SPF_dns_rr_buf_realloc(&set, index, std::max(size, sizeof(SPF_dns_rr_data_t))) != SPF_E_SUCCESS) return;
  std::memcpy(set.rr[index], bytes, size);
  ++set.num_rr;
}

void append_addresses(SPF_dns_rr_t& set, const std::vector<Address>& addresses) {
  for (const auto& address : addresses)
    if (address.is_v4() == (set.rr_type == ns_t_a))
      append(set, address.bytes().data(), address.bytes().size());
}

void append_hosts(SPF_dns_rr_t& set, const std::vector<SpfPointer>& hosts) {
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const auto name = host_name(i, hosts[i].below_target);
    append(set, name.c_str(), name.size() + 1);
  }
}

// libspf2's DNS hook. It must not return null: the library aborts.
SPF_dns_rr_t* look_up(SPF_dns_server_t* dns, const char* domain, ns_type type,
                      int /*should_cache*/) noexcept {
  const auto& answers = *static_cast<const Answers*>(dns->hook);
  SPF_dns_rr_t* set = SPF_dns_rr_new_init(dns, domain, type, kTtl, NETDB_SUCCESS);
  const bool address_asked = type == ns_t_a || type == ns_t_aaaa;
  if (type == ns_t_mx || type == ns_t_ptr) {
    append_hosts(*set, answers.hosts);
  } else if (address_asked && kTarget == domain) {
    append_addresses(*set, answers.target);
  } else if (address_asked) {
    for (std::size_t i = 0; i < answers.hosts.size(); ++i)
      if (host_name(i, answers.hosts[i].below_target) == domain)
        append_addresses(*set, answers.hosts[i].addresses);
  }
  return set;
}

void check(SPF_errcode_t code, std::string_view doing) {
  if (code != SPF_E_SUCCESS)
    throw std::logic_error(fmt::format("libspf2, {}: {}", doing, SPF_strerror(code)));
}

void set_client(SPF_request_t& request, const Address& client) {
  if (client.is_v4()) {
    in_addr v4{};
    std::memcpy(&v4, client.bytes().data(), sizeof v4);
    SPF_request_set_ipv4(&request, v4);
  } else {
    in6_addr v6{};
    std::memcpy(&v6, client.bytes().data(), sizeof v6);
    SPF_request_set_ipv6(&request, v6);
  }
}

// "/24", "//64", or nothing where all bits count.
std::string prefix_text(const Address& client, int prefix) {
  if (prefix == (client.is_v4() ? 32 : 128)) return "";
  return fmt::format("{}{}", client.is_v4() ? "/" : "//", prefix);
}

// libspf2 takes /0 for "no prefix". A network of all addresses is the client's own.
void replace_by_client(std::vector<Address>& addresses, const Address& client) {
  for (auto& address : addresses)
    if (address.is_v4() == client.is_v4()) address = client;
}

}  // namespace

struct SpfTermEvaluator::Library {
  Answers answers;
  SPF_dns_server_t dns{};  // no destructor in it: the server leaves it alone
  Server server;
  Request request;

  Library() {
    dns.lookup = look_up;
    dns.name = "answers";
    dns.hook = &answers;
    server.reset(SPF_server_new_dns(&dns, 0));
    if (server == nullptr) throw std::bad_alloc();
    check(SPF_server_set_rec_dom(server.get(), "r.invalid"), "host name");
    // The default explanation has macros, expanded at every mismatch.
    SPF_response_t* complaints = nullptr;
    const auto code = SPF_server_set_explanation(server.get(), "-", &complaints);
    const Response owner(complaints);
    check(code, "explanation");
    request.reset(SPF_request_new(server.get()));
    if (request == nullptr) throw std::bad_alloc();
    if (SPF_request_set_env_from(request.get(), "s@t.invalid") != 0) throw std::bad_alloc();
    request->cur_dom = kTarget.data();
  }

  bool matches(const Address& client, const std::string& term, Answers known) {
    answers = std::move(known);
    set_client(*request, client);
    const Response response(SPF_response_new(request.get()));
    if (response == nullptr) throw std::bad_alloc();
    SPF_record_t* compiled = nullptr;
    const auto code = SPF_record_compile(server.get(), response.get(), &compiled, ("v=spf1 " + term).c_str());
    const Record record(compiled);
    check(code, term);
    response->spf_record_exp = record.get();
    check(SPF_record_interpret(record.get(), request.get(), response.get(), 0), term);
    const auto result = SPF_response_result(response.get());
    if (result != SPF_RESULT_PASS && result != SPF_RESULT_NEUTRAL)
      throw std::logic_error(fmt::format("libspf2, {}: {}", term, SPF_strresult(result)));
    return result == SPF_RESULT_PASS;
  }
};

SpfTermEvaluator::SpfTermEvaluator() : library_(std::make_unique<Library>()) {}
SpfTermEvaluator::~SpfTermEvaluator() = default;

SpfTermEvaluator& SpfTermEvaluator::of_this_thread() {
  thread_local SpfTermEvaluator evaluator;
  return evaluator;
}

bool SpfTermEvaluator::among(const Address& client, const std::vector<Address>& addresses, int prefix) {
  Answers answers{.target = addresses};
  if (prefix == 0) {
    replace_by_client(answers.target, client);
    prefix = client.is_v4() ? 32 : 128;
  }
  return library_->matches(client, fmt::format("a:{}{}", kTarget, prefix_text(client, prefix)),
                           std::move(answers));
}

bool SpfTermEvaluator::among_exchangers(const Address& client,
                                        const std::vector<std::vector<Address>>& exchangers, int prefix) {
  Answers answers;
  for (const auto& addresses : exchangers) {
    answers.hosts.push_back({.addresses = addresses});
    if (prefix == 0) replace_by_client(answers.hosts.back().addresses, client);
  }
  if (prefix == 0) prefix = client.is_v4() ? 32 : 128;
  return library_->matches(client, fmt::format("mx:{}{}", kTarget, prefix_text(client, prefix)),
                           std::move(answers));
}

bool SpfTermEvaluator::named(const Address& client, const std::vector<SpfPointer>& names) {
  return library_->matches(client, fmt::format("ptr:{}", kTarget), {.hosts = names});
}

bool SpfTermEvaluator::exists(const Address& client, const std::vector<Address>& addresses) {
  return library_->matches(client, fmt::format("exists:{}", kTarget), {.target = addresses});
}

}  // namespace milter
