// What a review tells of its progress, on a terminal.
#pragma once

#include <string>

#include "gate/record.h"

namespace sluice::cli {

// Shows the app's log lines of the context "progress" in one line of standard error, which it clears at its
// end. All records go on to the sink behind it. Used by one run at a time.
class ReviewProgress : public gate::RecordSink {
 public:
  // `next` may be null. `terminal`: whether anything is shown.
  ReviewProgress(gate::RecordSink* next, bool terminal) : next_(next), terminal_(terminal) {}
  ~ReviewProgress() override;
  ReviewProgress(const ReviewProgress&) = delete;
  ReviewProgress& operator=(const ReviewProgress&) = delete;

  void begin(const gate::CallRecord& record) override;
  void end(const gate::CallRecord& record) override;

 private:
  void show(const std::string& text);

  gate::RecordSink* next_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace sluice::cli
