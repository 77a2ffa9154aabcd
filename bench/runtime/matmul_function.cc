// The product of two matrices as the function of an app: event {"n": SIZE}, outcome: a sum of what came out.
#include <sluice/handler.h>
#include <sluice/json.h>

#include "matmul.h"

namespace guest = sluice::guest;

guest::Outcome exports::sluice::events::handler::Handle(guest::Event event) {
  const auto data = guest::json::parse(event.data.get_view());
  if (!data) return guest::reject(data.error());
  const std::size_t size = data->value("n", std::size_t{0});
  matmul::Matrix a(size);
  matmul::Matrix b(size);
  matmul::Matrix c(size);
  matmul::fill(a, 1);
  matmul::fill(b, 2);
  matmul::product(a, b, c, 0, size);
  return guest::done(std::to_string(matmul::check_sum(c, 0, size)));
}
