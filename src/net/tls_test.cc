#include "net/tls.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/test_folder.h"

namespace understudy::net {
namespace {

using testing::HasSubstr;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using File = std::unique_ptr<std::FILE, Free>;

/// A key and a certificate that it signed itself, as two PEM files.
class TestIdentity {
 public:
  explicit TestIdentity(const std::string& passphrase = "") : key_(EVP_EC_gen("P-256")) {
    const std::unique_ptr<X509, Free> certificate(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key_.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key_.get(), EVP_sha256());
    const File certificate_file(std::fopen(this->certificate().c_str(), "w"));
    PEM_write_X509(certificate_file.get(), certificate.get());
    const File key_file(std::fopen(key().c_str(), "w"));
    PEM_write_PrivateKey(key_file.get(), key_.get(), passphrase.empty() ? nullptr : EVP_aes_128_cbc(),
                         reinterpret_cast<const unsigned char*>(passphrase.data()),
                         static_cast<int>(passphrase.size()), nullptr, nullptr);
  }
  [[nodiscard]] std::string certificate() const { return (folder_ / "certificate.pem").string(); }
  [[nodiscard]] std::string key() const { return (folder_ / "key.pem").string(); }
  [[nodiscard]] const TestFolder& folder() const { return folder_; }

 private:
  const TestFolder folder_;
  const std::unique_ptr<EVP_PKEY, Free> key_;
};

std::string error_of(const std::string& certificate, const std::string& key) {
  const auto identity = TlsIdentity::load(certificate, key);
  return identity.has_value() ? "loaded" : identity.error().message;
}

TEST(Tls, LoadsACertificateWithItsKey) {
  const TestIdentity files;
  const auto identity = TlsIdentity::load(files.certificate(), files.key());
  ASSERT_TRUE(identity.has_value()) << identity.error().message;
  ASSERT_NE((*identity)->context(), nullptr);
  EXPECT_EQ(SSL_CTX_get_min_proto_version((*identity)->context()), TLS1_2_VERSION);
}

TEST(Tls, ErrorsNameTheFileAndSayWhatIsWrong) {
  const TestIdentity files;
  const TestIdentity others;
  const std::string none = (files.folder() / "none.pem").string();
  files.folder().write("text.pem", "not PEM\n");
  files.folder().write("empty.pem", "");
  const std::string text = (files.folder() / "text.pem").string();
  const std::string empty = (files.folder() / "empty.pem").string();
  EXPECT_THAT(error_of(none, files.key()), testing::AllOf(HasSubstr(none), HasSubstr("No such file")));
  EXPECT_THAT(error_of(files.certificate(), none),
              testing::AllOf(HasSubstr(none), HasSubstr("No such file")));
  EXPECT_THAT(error_of(files.folder().path().string(), files.key()),
              HasSubstr(files.folder().path().string()));
  for (const std::string& wrong : {text, empty, files.key()})
    EXPECT_THAT(error_of(wrong, files.key()), HasSubstr(wrong));
  for (const std::string& wrong : {text, empty, files.certificate()}) {
    EXPECT_THAT(error_of(files.certificate(), wrong), HasSubstr(wrong));
  }
  EXPECT_THAT(
      error_of(files.certificate(), others.key()),
      testing::AllOf(HasSubstr(files.certificate()), HasSubstr(others.key()), HasSubstr("does not belong")));
}

TEST(Tls, OneErrorDoesNotColourTheNext) {
  const TestIdentity files;
  const std::string none = (files.folder() / "none.pem").string();
  const std::string first = error_of(none, files.key());
  EXPECT_EQ(error_of(none, files.key()), first);
  EXPECT_EQ(error_of(files.certificate(), files.key()), "loaded");
}

TEST(Tls, AnEncryptedKeyIsRefusedAndNobodyAskedForAPassphrase) {
  const TestIdentity files("a passphrase");
  // A server has nobody at its terminal: OpenSSL's own question would wait for ever.
  const TestIdentity plain;
  const auto identity = TlsIdentity::load(plain.certificate(), plain.key());
  ASSERT_TRUE(identity.has_value());
  ASSERT_NE(SSL_CTX_get_default_passwd_cb((*identity)->context()), nullptr);
  EXPECT_THAT(error_of(files.certificate(), files.key()), HasSubstr(files.key()));
}

/// A handshake in memory; what the client saw.
struct Handshake {
  bool done = false;
  std::string protocol;  ///< by ALPN
  int version = 0;
};

Handshake shake(const TlsIdentity& identity, std::string_view offered, int most) {
  const std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_max_proto_version(context.get(), most);
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                          static_cast<unsigned>(offered.size()));
  const std::unique_ptr<SSL, Free> client(SSL_new(context.get()));
  const std::unique_ptr<SSL, Free> server(SSL_new(identity.context()));
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  BIO_new_bio_pair(&client_end, 0, &server_end, 0);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  Handshake out;
  for (int round = 0; round < 20 && !out.done; ++round) {
    const bool client_done = SSL_do_handshake(client.get()) == 1;
    out.done = SSL_do_handshake(server.get()) == 1 && client_done;
  }
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(client.get(), &name, &length);
  out.protocol.assign(reinterpret_cast<const char*>(name), length);
  out.version = SSL_version(client.get());
  return out;
}

TEST(Tls, SpeaksHttp11OverTls12AndTls13) {
  const TestIdentity files;
  const auto identity = TlsIdentity::load(files.certificate(), files.key()).value();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Handshake both = shake(*identity, "\x02h2\x08http/1.1", version);
    EXPECT_TRUE(both.done);
    EXPECT_EQ(both.protocol, "http/1.1");
    EXPECT_EQ(both.version, version);
  }
  const Handshake h2_alone = shake(*identity, "\x02h2", TLS1_3_VERSION);
  EXPECT_TRUE(h2_alone.done) << "the client finds out by itself";
  EXPECT_EQ(h2_alone.protocol, "");
  EXPECT_TRUE(shake(*identity, "", TLS1_3_VERSION).done);
  EXPECT_FALSE(shake(*identity, "", TLS1_1_VERSION).done);
}

}  // namespace
}  // namespace understudy::net
