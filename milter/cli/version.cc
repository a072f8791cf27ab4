#include "milter/cli/version.h"

#include <ares.h>
#include <cmark.h>
#include <fmt/format.h>
#include <idn2.h>
#include <libpsl.h>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <zlib.h>
#include <zstd.h>

#include <CLI/Version.hpp>

// C that C++ warns about, or does not know.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
extern "C" {
#include <spf2/spf.h>
}
#define _Bool bool  // NOLINT(bugprone-reserved-identifier)
#include <opendkim/dkim.h>
#undef _Bool
#pragma GCC diagnostic pop

#include "milter/smtp/libmilter/service.h"

namespace milter {
namespace {

// OPENDKIM_LIB_VERSION: a byte each, most significant first; the last tells alphas and betas apart.
std::string opendkim_version() {
  const auto version = dkim_libversion();
  return fmt::format("{}.{}.{}", version >> 24U, (version >> 16U) & 0xffU, (version >> 8U) & 0xffU);
}

std::string spf2_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  SPF_get_lib_version(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace

std::string version_text() {
  std::string text = fmt::format("fivefifty {}", built_version());
  const auto add = [&](std::string_view library, std::string_view version) {
    text += fmt::format("\n  {} {}", library, version);
  };
  add("libmilter", milter_library_version());
  add("c-ares", ares_version(nullptr));
  add("libspf2", spf2_version());
  add("libopendkim", opendkim_version());
  add("OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING));
  add("libpsl", psl_get_version());
  add("libidn2", idn2_check_version(nullptr));
  add("cmark", cmark_version_string());
  add("zlib", zlibVersion());
  add("zstd", ZSTD_versionString());
  // These tell no version at run time, or have no run time.
  add("simdjson",
      fmt::format("{}.{}.{}", int{simdjson::SIMDJSON_VERSION_MAJOR}, int{simdjson::SIMDJSON_VERSION_MINOR},
                  int{simdjson::SIMDJSON_VERSION_REVISION}));
  add("fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
  add("CLI11", CLI11_VERSION);
  return text;
}

}  // namespace milter
