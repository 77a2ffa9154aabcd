// `sluice:http/client`: the only way out of the sandbox, for integrations alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "gate/secrets.h"
#include "host/capability.h"
#include "net/egress.h"
#include "net/http_client.h"

namespace sluice::host {

// What one integration may do.
struct HttpPolicy {
  std::vector<net::EgressRule> egress;
  const gate::Secrets* secrets = nullptr;  // outlives the capability
  std::chrono::milliseconds timeout{30'000};
  std::size_t request_bytes_max = 16U << 20;
  std::size_t response_bytes_max = 16U << 20;
};

// The clients by shard; each is used on its shard's thread only.
using HttpClients = std::vector<std::unique_ptr<net::HttpClient>>;

// One for each integration. A request is sent if a rule grants it, with the values that the link bound put
// into the rule's placeholders. Secrets' texts are put in after that, only for their hosts; answers are
// decoded to UTF-8, and what they echo of secrets is cut out before the guest sees it.
class HttpCapability : public Capability {
 public:
  HttpCapability(HttpPolicy policy, const HttpClients& clients);
  Task<Result<std::optional<Value>>> call(gate::Frame& caller, const gate::BoundValues& bound,
                                          std::size_t index, std::vector<Value> arguments) override;

 private:
  struct Prepared;
  struct Batch;
  Result<Prepared> prepare(const gate::Frame& caller, const Value& request) const;
  Status add_headers(const Value& headers, const net::Url& url, net::HttpHeaders& out) const;
  Result<std::string> fill_slots(const std::string& url, const std::vector<Value>& slots) const;
  // One request of several: refused and failed ones alike are errors.
  Task<Result<net::HttpResponse>> exchange(gate::Frame& caller, const Value& request,
                                           std::size_t response_bytes_max);
  Task<Result<std::optional<Value>>> send_one(gate::Frame& caller, const Value& request);
  Task<Result<std::optional<Value>>> send_all(gate::Frame& caller, const std::vector<Value>& requests);
  Task<void> work_off(gate::Frame& caller, Batch& batch);
  Task<void> work_side_by_side(gate::Frame& caller, Batch& batch, std::size_t workers);

  HttpPolicy policy_;
  const HttpClients& clients_;
};

}  // namespace sluice::host
