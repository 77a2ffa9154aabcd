// TLS as the client demands it, against a server with certificates made here.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <array>
#include <atomic>
#include <memory>

#include "net/client_fixture_test.h"
#include "net/loopback_server_test.h"

namespace sluice::net {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

// A self-signed certificate for one name, valid from `begin_s` to `end_s` seconds from now.
struct Identity {
  Key key;
  Certificate certificate;

  explicit Identity(const std::string& subject_alt_name, long begin_s = -3600, long end_s = 3600)
      : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509* const x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), begin_s);
    X509_gmtime_adj(X509_getm_notAfter(x), end_s);
    X509_set_pubkey(x, key.get());
    X509_NAME* const name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("sluice test"), -1, -1, 0);
    X509_set_issuer_name(x, name);
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    add_extension(NID_subject_alt_name, subject_alt_name);
    X509_sign(x, key.get(), EVP_sha256());
  }

  void add_extension(int nid, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
    X509_add_ext(certificate.get(), extension.get(), -1);
  }

  // Where the certificate was written, as PEM.
  [[nodiscard]] std::string write(const std::string& name) const {
    const std::string path = testing::TempDir() + name;
    const std::unique_ptr<BIO, Freed<BIO_free_all>> file(BIO_new_file(path.c_str(), "w"));
    PEM_write_bio_X509(file.get(), certificate.get());
    return path;
  }
};

class TlsTest : public ClientTest {
 protected:
  LoopbackServer::Script serve(const Identity& identity, int version_max = TLS1_3_VERSION) {
    return [this, &identity, version_max](LoopbackPeer& peer) {
      // OpenSSL writes to sockets without MSG_NOSIGNAL. Blocked for this thread alone, not for the client's.
      sigset_t pipe_signal;
      sigemptyset(&pipe_signal);
      sigaddset(&pipe_signal, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
      const std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context(SSL_CTX_new(TLS_server_method()));
      SSL_CTX_set_security_level(context.get(), 0);
      SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
      SSL_CTX_set_max_proto_version(context.get(), version_max);
      SSL_CTX_use_certificate(context.get(), identity.certificate.get());
      SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
      const std::unique_ptr<SSL, Freed<SSL_free>> ssl(SSL_new(context.get()));
      SSL_set_fd(ssl.get(), peer.socket().native_handle());
      if (SSL_accept(ssl.get()) != 1) return;
      std::array<char, 4096> buffer{};
      std::string seen;
      while (!seen.ends_with("\r\n\r\n")) {
        const int n = SSL_read(ssl.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (n <= 0) return;
        seen.append(buffer.data(), static_cast<std::size_t>(n));
      }
      ++requests_;
      const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
      SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(ssl.get());
    };
  }

  void trust(const Identity& identity) {
    HttpClientSettings settings;
    settings.extra_ca_file = identity.write("sluice-net-ca.pem");
    client_ = std::make_unique<HttpClient>(*context_, settings);
  }

  Result<HttpResponse> get_from(const LoopbackServer& server, const std::string& host) {
    const std::string origin = "https://" + host + ":" + std::to_string(server.port());
    return wait(start(request(origin + "/"), check_for(origin)));
  }

  void expect_untrusted(const Result<HttpResponse>& answer, const std::string& part) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::unreachable);
    EXPECT_NE(answer.error().why.find(part), std::string::npos) << answer.error().to_string();
    EXPECT_EQ(requests_, 0U);
  }

  std::atomic<unsigned> requests_ = 0;
};

TEST_F(TlsTest, ASelfSignedCertificateIsRefused) {
  const Identity identity("IP:127.0.0.1");
  const LoopbackServer server(serve(identity));
  expect_untrusted(get_from(server, "127.0.0.1"), "self-signed certificate");
}

TEST_F(TlsTest, AnAuthorityOfOnesOwnCanBeAdded) {
  const Identity identity("IP:127.0.0.1,DNS:localhost");
  const LoopbackServer server(serve(identity));
  trust(identity);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto answer = get_from(server, host);
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->body, "ok");
  }
}

TEST_F(TlsTest, ACertificateForAnotherNameIsRefused) {
  const Identity identity("DNS:example.org,DNS:*.localhost,IP:127.0.0.2");
  const LoopbackServer server(serve(identity));
  trust(identity);
  expect_untrusted(get_from(server, "127.0.0.1"), "no alternative certificate subject name");
  expect_untrusted(get_from(server, "localhost"), "no alternative certificate subject name");
}

TEST_F(TlsTest, AnExpiredCertificateIsRefused) {
  const Identity identity("IP:127.0.0.1", -7200, -3600);
  const LoopbackServer server(serve(identity));
  trust(identity);
  expect_untrusted(get_from(server, "127.0.0.1"), "expired");
}

TEST_F(TlsTest, OlderVersionsAreRefused) {
  const Identity identity("IP:127.0.0.1");
  trust(identity);
  {
    const LoopbackServer server(serve(identity, TLS1_1_VERSION));
    const auto answer = get_from(server, "127.0.0.1");
    ASSERT_FALSE(answer);
    EXPECT_EQ(http_failure(answer.error().code), HttpFailure::unreachable) << answer.error().to_string();
    EXPECT_EQ(requests_, 0U);
  }
  const LoopbackServer server(serve(identity, TLS1_2_VERSION));
  EXPECT_TRUE(get_from(server, "127.0.0.1"));
}

TEST_F(TlsTest, KeysAreNotWrittenWhereTheEnvironmentSays) {
  const std::string path = testing::TempDir() + "sluice-net-keys.log";
  std::filesystem::remove(path);
  client_.reset();  // libcurl reads the variable when its first user starts
  ::setenv("SSLKEYLOGFILE", path.c_str(), 1);
  const Identity identity("IP:127.0.0.1");
  const LoopbackServer server(serve(identity));
  trust(identity);
  const auto answer = get_from(server, "127.0.0.1");
  ::unsetenv("SSLKEYLOGFILE");
  client_.reset();  // closes the file
  ASSERT_TRUE(answer) << answer.error().to_string();
  std::ifstream file(path);
  const std::string keys{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(keys, "");
}

TEST_F(TlsTest, PlainHttpOnATlsPortIsNoAnswer) {
  const LoopbackServer server(
      [](LoopbackPeer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); });
  const auto answer = get_from(server, "127.0.0.1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(http_failure(answer.error().code), HttpFailure::unreachable) << answer.error().to_string();
}

TEST_F(TlsTest, AMissingAuthorityFileIsAnError) {
  const Identity identity("IP:127.0.0.1");
  const LoopbackServer server(serve(identity));
  HttpClientSettings settings;
  settings.extra_ca_file = testing::TempDir() + "no-such-file.pem";
  client_ = std::make_unique<HttpClient>(*context_, settings);
  const auto answer = get_from(server, "127.0.0.1");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().why.find("no-such-file.pem"), std::string::npos) << answer.error().to_string();
}

}  // namespace
}  // namespace sluice::net
