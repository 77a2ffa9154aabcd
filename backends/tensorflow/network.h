// A graph with its session of TensorFlow, and computing with it.
#pragma once

#include <memory>

#include "common/network.h"
#include "endpoints.h"
#include "runtime.h"

namespace sluice::tensorflow {

class TensorFlowGraph final : public backends::Graph {
 public:
  TensorFlowGraph(GraphHandle graph, SessionHandle session, Endpoints endpoints)
      : graph_(std::move(graph)), session_(std::move(session)), endpoints_(std::move(endpoints)) {}

  [[nodiscard]] const backends::Ports& ports() const override { return endpoints_.ports; }
  backends::Result<std::unique_ptr<backends::Session>> open_session() override;

 private:
  GraphHandle graph_;
  SessionHandle session_;
  Endpoints endpoints_;
};

}  // namespace sluice::tensorflow
