#include "net/tls.h"

#include <string_view>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509err.h>

#include "base/files.h"

namespace understudy::net {
namespace {

/// The innermost reason, in words.
std::string take_error() {
  const unsigned long code = ERR_peek_error();
  std::string text = "unknown error";
  if (ERR_SYSTEM_ERROR(code)) {
    text = system_message(static_cast<int>(ERR_GET_REASON(code)));
  } else if (const char* reason = ERR_reason_error_string(code)) {
    text = reason;
  }
  ERR_clear_error();
  return text;
}

/// A key behind a passphrase is refused: nobody is there to be asked.
int no_passphrase(char*, int, int, void*) { return 0; }

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr std::string_view kHttp11("\x08http/1.1");
  unsigned char* chosen = nullptr;
  const int result =
      SSL_select_next_proto(&chosen, out_length, reinterpret_cast<const unsigned char*>(kHttp11.data()),
                            static_cast<unsigned>(kHttp11.size()), offered, offered_length);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::load(const std::string& certificate,
                                                             const std::string& key) {
  std::shared_ptr<const TlsIdentity> identity(new TlsIdentity(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = identity->context();
  if (context == nullptr) return Error{"TLS: " + take_error()};
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return Error{fmt::format("the certificate {} can't be used: {}", certificate, take_error())};
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool mismatch = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
    const std::string reason = take_error();
    if (mismatch)
      return Error{fmt::format("the key {} does not belong to the certificate {}", key, certificate)};
    return Error{fmt::format("the key {} can't be used: {}", key, reason)};
  }
  return identity;
}

TlsIdentity::~TlsIdentity() { SSL_CTX_free(context_); }

}  // namespace understudy::net
