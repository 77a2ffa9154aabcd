// secret-added: keys and passwords that stand in the change for everybody to read.
#include "signals/family.h"
#include "signals/secret_values.h"

namespace review::signals {

void find_secrets(const CodeFile& file, Reporter& reporter) {
  if (!reporter.wants(Signal::secret_added)) return;
  const SecretForms forms = secret_forms_of(*file.file);
  for (const CodeHunk& hunk : file.hunks) {
    for (const CodeLine& line : hunk.lines) {
      if (line.added() && !secrets_in(line.line->text, forms).empty())
        reporter.report(Signal::secret_added, *line.line);
    }
  }
}

}  // namespace review::signals
