// nbody N: five bodies under gravity, N steps.

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

struct Body {
  double x, y, z, vx, vy, vz, mass;
};

double energy(const std::array<Body, 5>& bodies) {
  double sum = 0;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const Body& a = bodies[i];
    sum += a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz) / 2;
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      const Body& b = bodies[j];
      sum -= a.mass * b.mass / std::hypot(a.x - b.x, a.y - b.y, a.z - b.z);
    }
  }
  return sum;
}

void step(std::array<Body, 5>& bodies, double time) {
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    Body& a = bodies[i];
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      Body& b = bodies[j];
      const double x = a.x - b.x;
      const double y = a.y - b.y;
      const double z = a.z - b.z;
      const double square = x * x + y * y + z * z;
      const double pull = time / (square * std::sqrt(square));
      a.vx -= x * b.mass * pull, a.vy -= y * b.mass * pull, a.vz -= z * b.mass * pull;
      b.vx += x * a.mass * pull, b.vy += y * a.mass * pull, b.vz += z * a.mass * pull;
    }
  }
  for (Body& body : bodies) body.x += time * body.vx, body.y += time * body.vy, body.z += time * body.vz;
}

}  // namespace

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 100'000;
  std::array<Body, 5> bodies{{{0, 0, 0, 0, 0, 0, 39.5},
                              {4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.038},
                              {8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011},
                              {12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017},
                              {15.4, -25.9, 0.2, 1.0, 0.6, -0.03, 0.002}}};
  for (int i = 0; i < steps; ++i) step(bodies, 0.001);
  std::printf("%.17g\n", energy(bodies));
}
