// The two passes of a model, as a report shows them.
#include "model/model_review.h"

#include "model_fixture.h"

namespace review {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view patch =
    "@@ -1,4 +1,5 @@ int f(int n)\n int f(int n) {\n-  return n;\n+  int half = n / count(n);\n+  return "
    "half;\n }\n \n";

class Passes : public ModelTest {
 protected:
  Passes() { add_file("src/f.c", std::string(patch)); }

  void finds(std::string_view quote, std::string_view file = "src/f.c") {
    model_.find = [answer = FakeModel::finding(file, quote)](const ModelRequest&) {
      return FakeModel::says(answer);
    };
  }
};

TEST_F(Passes, AFindingStandsAtItsLine) {
  finds("  int half = n / count(n);");
  const json report = review();
  ASSERT_THAT(of_model(report), SizeIs(1));
  const json risk = of_model(report)[0];
  EXPECT_EQ(risk["source"], "model:fake");
  EXPECT_EQ(risk["file"], "src/f.c");
  EXPECT_EQ(risk["side"], "RIGHT");
  EXPECT_EQ(risk["line"], 2);
  EXPECT_EQ(risk["why"], "It breaks.");
  EXPECT_EQ(risk["severity"], "high");
  EXPECT_EQ(report["status"], "reviewed");
  EXPECT_EQ(report["coverage"][0]["model"], (json{{"status", "reviewed"}, {"reason", "read by fake"}}));
  EXPECT_EQ(report["model"]["summary"], "It changes things.");
}

TEST_F(Passes, QuotesWithSmallFaultsAreMended) {
  for (const std::string_view quote :
       {"+  int half = n / count(n);", "int half  =  n / count(n);", "half = n / count(n)",
        "\n  int half = n / count(n);\n", "+  int half = n / count(n);\n+  return half;"}) {
    finds(quote);
    EXPECT_THAT(of_model(review()), SizeIs(1)) << quote;
  }
  for (const std::string_view file : {"b/src/f.c", "./src/f.c", "f.c", " src/f.c "}) {
    finds("int half = n / count(n);", file);
    EXPECT_THAT(of_model(review()), SizeIs(1)) << file;
  }
}

TEST_F(Passes, InventedQuotesAreDroppedAndCounted) {
  for (const std::string_view quote : {"int half = n / 0;", "n2", "int half = n / count(n);\nfree(p);"}) {
    finds(quote);
    const json report = review();
    EXPECT_THAT(of_model(report), IsEmpty()) << quote;
    EXPECT_EQ(report["model"]["findings_unresolved"], 1) << quote;
  }
  finds("int half = n / count(n);", "src/g.c");
  EXPECT_THAT(of_model(review()), IsEmpty());
  EXPECT_EQ(model_.asked("JUDGE"), 0U);
}

TEST_F(Passes, QuotesThatSayTooLittleAreDroppedAndCountedApart) {
  for (const std::string_view quote : {"}", "", "   ", "return", "n", " }\n n"}) {
    finds(quote);
    const json report = review();
    EXPECT_THAT(of_model(report), IsEmpty()) << quote;
    EXPECT_EQ(report["model"]["findings_too_little"], 1) << quote;
    EXPECT_EQ(report["model"]["findings_unresolved"], 0) << quote;
    EXPECT_THAT(report["summary"].get<std::string>(), HasSubstr("1 quote too little to be found")) << quote;
  }
}

TEST_F(Passes, AWholeLineIsFoundHoweverShort) {
  add_file("src/s.py", "@@ -1,2 +1,5 @@\n def f():\n+    s = 1\n+    t = 2\n+    t = 2\n     return s\n");
  for (const std::string_view quote : {"    s = 1", "s = 1", "+    s = 1", "\ts = 1 \n"}) {
    finds(quote, "src/s.py");
    const json report = review();
    ASSERT_THAT(of_model(report), SizeIs(1)) << quote;
    EXPECT_EQ(of_model(report)[0]["line"], 2) << quote;
    EXPECT_EQ(of_model(report)[0]["quote"], "    s = 1") << quote;
  }
  finds("    t = 2", "src/s.py");  // which of the two?
  const json report = review();
  EXPECT_THAT(of_model(report), IsEmpty());
  EXPECT_EQ(report["model"]["findings_too_little"], 1);
}

TEST_F(Passes, AFindingWithoutAReasonIsDroppedAndCountedApart) {
  json found = json::parse(FakeModel::finding("src/f.c", "  return half;"));
  found["findings"][0]["why"] = " ";
  model_.find = [&](const ModelRequest&) { return FakeModel::says(found.dump()); };
  const json report = review();
  EXPECT_THAT(of_model(report), IsEmpty());
  EXPECT_EQ(report["model"]["findings_without_reason"], 1);
}

TEST_F(Passes, WeakFindingsAreDroppedAndCounted) {
  finds("  return half;");
  for (const auto& [score, keep] : {std::pair{5, true}, {9, false}, {0, false}}) {
    model_.judge = [score, keep](const ModelRequest& request) {
      return FakeModel::says(FakeModel::verdicts(request, score, keep));
    };
    const json report = review();
    EXPECT_THAT(of_model(report), IsEmpty());
    EXPECT_EQ(report["model"]["findings_weak"], 1);
    EXPECT_THAT(report["summary"].get<std::string>(), HasSubstr("did not hold in the second pass"));
  }
  settings_ = {{"model-min-score", "3"}};
  model_.judge = [](const ModelRequest& request) {
    return FakeModel::says(FakeModel::verdicts(request, 3, true));
  };
  EXPECT_THAT(of_model(review()), SizeIs(1));
}

TEST_F(Passes, AFindingWithoutVerdictIsNotShown) {
  finds("  return half;");
  model_.judge = [](const ModelRequest&) { return FakeModel::says(R"({"verdicts": []})"); };
  json report = review();
  EXPECT_THAT(of_model(report), IsEmpty());
  EXPECT_EQ(report["model"]["findings_unjudged"], 1);
  model_.judge = [](const ModelRequest&) { return FakeModel::says("no idea"); };
  report = review();
  EXPECT_THAT(of_model(report), IsEmpty());
  EXPECT_THAT(unread_reasons(report),
              ElementsAre(HasSubstr("could not be judged: its answer was no JSON, twice")));
  EXPECT_EQ(report["status"], "partial");
}

TEST_F(Passes, ASignalAndAModelOnOneLineAreOneRisk) {
  pulls_.changed.clear();
  add_file("run.py", "@@ -1,1 +1,2 @@\n import os\n+eval(text)\n");
  const json alone = review();
  ASSERT_THAT(alone["risks"], SizeIs(1));
  finds("eval(text)", "run.py");
  const json both = review();
  ASSERT_THAT(both["risks"], SizeIs(1));
  EXPECT_EQ(both["risks"][0]["source"], "signal:code-evaluated");
  EXPECT_EQ(both["risks"][0]["also"], json({"model:fake"}));
  EXPECT_EQ(both["risks"][0]["fingerprint"], alone["risks"][0]["fingerprint"]);
  EXPECT_THAT(both["risks"][0]["why"].get<std::string>(), HasSubstr("It breaks."));
}

TEST_F(Passes, AnotherModelFindsTheSameUnderTheSameFingerprint) {
  finds("  return half;");
  const json first = of_model(review())[0];
  model_.info.name = "another";
  EXPECT_EQ(of_model(review())[0]["fingerprint"], first["fingerprint"]);
}

TEST_F(Passes, SignalsBriefTheModel) {
  add_file("run.py", "@@ -1,1 +1,2 @@\n import os\n+eval(text)\n");
  review();
  EXPECT_THAT(model_.requests[0].user,
              HasSubstr("Hints of simple checks, which may be wrong:\n* eval(text) -- "));
}

TEST_F(Passes, WithoutAModelNothingChanges) {
  model_.linked = false;
  const json report = review();
  EXPECT_TRUE(report["model"].is_null());
  EXPECT_TRUE(report["coverage"][0]["model"].is_null());
  EXPECT_TRUE(report["usage"]["model"].is_null());
  EXPECT_EQ(report["status"], "reviewed");
  EXPECT_THAT(answer()["text"].get<std::string>(),
              HasSubstr("by signals alone: no model was asked, 0 tokens"));
  EXPECT_THAT(model_.requests, IsEmpty());
}

TEST_F(Passes, AModelThatIsNotTrustedIsCountedAndNotShown) {
  finds("  return half;");
  settings_ = {{"model-trust", "none"}};
  for (const std::string_view format : {"markdown", "html", "json", "sarif"}) {
    const json all = answer(format);
    EXPECT_THAT(of_model(all["review"]), IsEmpty());
    EXPECT_EQ(all["review"]["model"]["findings_withheld"], 1);
    EXPECT_THAT(all["text"].get<std::string>(), Not(HasSubstr("It breaks.")));
    EXPECT_THAT(all["text"].get<std::string>(), Not(HasSubstr("It changes things.")));
    EXPECT_THAT(all["review"]["summary"].get<std::string>(), HasSubstr("not trusted to judge code"));
  }
}

TEST_F(Passes, UsageIsCounted) {
  finds("  return half;");
  model_.merge = [](const ModelRequest&) {
    auto answer = FakeModel::says(R"({"summary": "S."})");
    answer->cost_micros = 12'345;
    return answer;
  };
  const json all = answer();
  const json usage = all["review"]["usage"];
  EXPECT_EQ(usage["model"], "fake");
  EXPECT_EQ(usage["calls"], 3);
  EXPECT_EQ(usage["input_tokens"], 300);
  EXPECT_EQ(usage["output_tokens"], 30);
  EXPECT_EQ(usage["cached_tokens"], 120);
  EXPECT_EQ(usage["cost_micros"], 12'345);
  EXPECT_GT(usage["model_ms"].get<int>(), 0);
  EXPECT_THAT(all["text"].get<std::string>(),
              HasSubstr("by signals and the model `fake`: 3 calls, 300 tokens in (120 cached), 30 out, "));
  EXPECT_THAT(all["text"].get<std::string>(), HasSubstr("0.0123, "));
}

TEST_F(Passes, AllCallsBeginWithTheSameSystemPrompt) {
  for (int i = 0; i < 20; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 200);
  finds("  return half;");
  review();
  EXPECT_GT(model_.asked("FIND"), 5U);
  EXPECT_EQ(model_.asked("PLAN"), 1U);
  EXPECT_EQ(model_.asked("SUMMARISE"), 1U);
  for (const ModelRequest& request : model_.requests) EXPECT_EQ(request.system, model_.requests[0].system);
  EXPECT_GT(*std::max_element(model_.waves.begin(), model_.waves.end()), 4U);
  EXPECT_LE(*std::max_element(model_.waves.begin(), model_.waves.end()), 8U);
  EXPECT_THAT(log_.steps, Contains(HasSubstr("reviewing: 8 of ")));
}

TEST_F(Passes, APlanChangesTheOrderAndNothingElse) {
  for (int i = 0; i < 20; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 200);
  settings_ = {{"model-max-calls", "3"}, {"model-parallel", "1"}};
  model_.plan = [](const ModelRequest&) {
    return FakeModel::says(R"({"first": ["src/part13.py", "no/such", "src/f.c"]})");
  };
  review();
  ASSERT_GE(model_.requests.size(), 2U);
  EXPECT_THAT(model_.requests[1].user, HasSubstr("File: src/part13.py"));
  settings_.clear();
  model_.requests.clear();
  const json report = review();
  EXPECT_THAT(unread_reasons(report), IsEmpty());
}

TEST_F(Passes, ABrokenPlanDoesNoHarm) {
  for (int i = 0; i < 20; ++i) add_large_file("src/part" + std::to_string(i) + ".py", 200);
  model_.plan = [](const ModelRequest&) { return FakeModel::says("?"); };
  EXPECT_THAT(unread_reasons(review()), IsEmpty());
}

}  // namespace
}  // namespace review
