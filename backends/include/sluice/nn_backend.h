/* What a neural-network library has to offer to be a backend of Sluice: a shared object that exports
 * `sluice_nn_backend` and answers through tables of functions. Plain C, so that a plug-in may be built with
 * another compiler, C++ library or language than Sluice.
 *
 * Plug-ins run in a worker process of their own, never in the process that holds apps and secrets: one that
 * crashes or aborts takes its worker with it and nothing else. The exception is `sluice run`, which holds
 * neither: it loads networks of tensors that its user named itself, to read and write guest memory in place.
 *
 * Conventions
 * - Texts are UTF-8 with a length and need no final NUL, except where a parameter is called `path`.
 * - Functions that can fail return a sluice_nn_status and, where it is not ok, fill `error` (may be null).
 * - Texts that come back are handed to a sink, once, before the function returns; the bytes are valid until
 * the sink returns. A sink must not call back into the plug-in.
 * - Threads: a model may be used by several threads at once (it does not change); a context and a sampler by
 * one at a time. `context_stop` is the exception: any thread, any time.
 * - No function throws; no function keeps a pointer that it was given, unless it says so.
 *
 * Versions: a plug-in is used only if its `abi` is SLUICE_NN_ABI. A table may grow at its end without a new
 * number: `size` says how much of it is there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_NN_ABI 1U

typedef enum sluice_nn_status {
  SLUICE_NN_OK = 0,
  SLUICE_NN_INVALID =
      1, /* the request makes no sense: a bad schema, a grammar that is none, an unknown option */
  SLUICE_NN_NOT_FOUND = 2,   /* no such file */
  SLUICE_NN_CORRUPT = 3,     /* the file is not a model of this backend, or is damaged */
  SLUICE_NN_NO_MEMORY = 4,   /* it needs more memory than there is; the text says how much */
  SLUICE_NN_FULL = 5,        /* no room in the context for this batch */
  SLUICE_NN_STOPPED = 6,     /* ended by context_stop or by a progress callback */
  SLUICE_NN_UNSUPPORTED = 7, /* this model or this build can't */
  SLUICE_NN_BROKEN = 8       /* anything else */
} sluice_nn_status;

typedef struct sluice_nn_error {
  char text[1024]; /* one sentence or two for people, NUL-terminated */
} sluice_nn_error;

typedef struct sluice_nn_text {
  const char* data;
  size_t size;
} sluice_nn_text;

typedef struct sluice_nn_sink {
  void (*write)(void* self, const char* data, size_t size);
  void* self;
} sluice_nn_sink;

/* ---- Language and embedding models ---- */

typedef struct sluice_nn_model sluice_nn_model;
typedef struct sluice_nn_context sluice_nn_context;
typedef struct sluice_nn_sampler sluice_nn_sampler;
typedef struct sluice_nn_projector sluice_nn_projector;       /* turns images into what a model reads */
typedef struct sluice_nn_mixed_prompt sluice_nn_mixed_prompt; /* texts and images */

typedef struct sluice_nn_model_options {
  int32_t gpu_layers;       /* -1: all that fit where the library finds a device; 0: none */
  uint32_t vocabulary_only; /* 1: tokenizer and metadata alone; no context can be made */
  uint32_t check_tensors;   /* 1: look at every weight for NaN and the like; slow */
  /* May be null. From 0 to 1; returns 0 to give up. */
  int (*progress)(void* self, float done);
  void* progress_self;
  uint32_t no_weights; /* 1: all but the weights, for a look at the file; no context can be made */
} sluice_nn_model_options;

typedef struct sluice_nn_model_info {
  uint32_t context_trained; /* tokens */
  uint32_t vocabulary;      /* tokens; length of a row of logits */
  uint32_t embedding;       /* length of an embedding */
  uint32_t layers;
  uint32_t is_embedding; /* 1: made to embed texts (an encoder, or with a pooling of its own) */
  uint32_t has_chat_template;
  uint64_t parameters;
  uint64_t file_bytes;      /* of all parts */
  uint64_t bytes_per_token; /* of the context's memory for one token, all layers */
  /* Batches of so many items compute each as if it were alone, to the last bit: those of a request whose
   * answer may not depend on others. 0 and 0: nothing is known of such sizes. */
  uint32_t steady_batch_least;
  uint32_t steady_batch_most;
  /* So many tokens at once keep the device busy: more of them are not computed faster each. 0: the more the
   * better. */
  uint32_t busy_batch_least;
  /* Tokens are computed in blocks of so many, large ones first, and what is left over one by one, which takes
   * longer than a block that it nearly fills. 0: nothing is known of such sizes. */
  uint32_t batch_block;
  uint32_t batch_block_large;
} sluice_nn_model_info;

typedef struct sluice_nn_context_options {
  uint32_t tokens;        /* of all sequences together */
  uint32_t sequences;     /* ids are 0 … sequences-1 */
  uint32_t batch_tokens;  /* the most in one decode */
  uint32_t threads;       /* for generating */
  uint32_t threads_batch; /* for prompts */
  uint32_t embeddings;    /* 1: for `embed` instead of `decode` */
  uint32_t separate; /* 1: each sequence has an equal part of the tokens to itself, which is faster where many
                      * are computed together; 0: all share them, and a copied beginning takes no room */
} sluice_nn_context_options;

typedef struct sluice_nn_item {
  int32_t token;
  int32_t position; /* in its sequence, from 0 without gaps */
  int32_t sequence;
  int32_t output; /* 1: its logits are wanted */
} sluice_nn_item;

/* A stretch of a prompt with images: tokens of text, or an image, or a part of one that is computed by
 * itself. */
typedef struct sluice_nn_stretch {
  const int32_t* tokens; /* null: an image; valid as long as the prompt */
  size_t count;          /* tokens; of an image, the positions that it takes in a sequence */
  size_t room;           /* what it takes of a context's tokens; of text: `count` */
  size_t image;          /* which of the images it is of */
} sluice_nn_stretch;

/* What is kept of a token that was drawn. */
typedef struct sluice_nn_drawn {
  int32_t token;
  float logprob; /* natural logarithm, of the model's own distribution (temperature 1, no filters) */
} sluice_nn_drawn;

typedef struct sluice_nn_sampling {
  float temperature;       /* 0: the most likely token */
  float top_p;             /* 1: off */
  float min_p;             /* 0: off */
  int32_t top_k;           /* 0: off */
  float repeat_penalty;    /* 1: off */
  float presence_penalty;  /* 0: off */
  float frequency_penalty; /* 0: off */
  int32_t penalty_last;    /* how many tokens back; -1: all */
  uint64_t seed;
  /* A grammar in GBNF; empty: none. With `grammar_lazy` it holds from the first trigger on. */
  sluice_nn_text grammar;
  uint32_t grammar_lazy;
  /* JSON, as chat_prepare gave it; empty: none. */
  sluice_nn_text grammar_triggers;
  /* Added to logits before anything else. */
  const int32_t* bias_tokens;
  const float* bias_values;
  size_t bias_count;
} sluice_nn_sampling;

typedef struct sluice_nn_llm {
  uint32_t size; /* of this table, in bytes */

  /* Reads a model file; it is mapped, so that processes that open the same file share its memory. */
  sluice_nn_status (*model_open)(const char* path, const sluice_nn_model_options* options,
                                 sluice_nn_model** model, sluice_nn_error* error);
  void (*model_close)(sluice_nn_model* model); /* after its contexts and samplers */
  void (*model_info)(const sluice_nn_model* model, sluice_nn_model_info* info);
  /* A JSON object with what else is known: "description", "architecture", "name", "quantization", "license",
   * "devices" (what computes), "gpu" (a boolean), "library_build" (a number) and "library_commit", "sampling"
   * (an object: what the file's makers advise; "temperature", "top_p", "min_p", "top_k", where they do) … */
  void (*model_describe)(const sluice_nn_model* model, sluice_nn_sink sink);

  /* Writes at most `capacity` tokens and returns how many there are. `add_special`: the tokens that begin
   * (and end) a text for this model. `parse_special`: names of special tokens in the text become those tokens
   * (for rendered chat templates; never for text from outside). Negative: broken. */
  int64_t (*tokenize)(const sluice_nn_model* model, sluice_nn_text text, int add_special, int parse_special,
                      int32_t* tokens, size_t capacity);
  /* The bytes of a token, which may be a part of a character. Special tokens have none unless `special` is 1.
   */
  size_t (*piece)(const sluice_nn_model* model, int32_t token, int special, char* bytes, size_t capacity);
  /* 1: this token ends an answer. */
  int (*is_end)(const sluice_nn_model* model, int32_t token);

  /* From a chat request to a prompt. `request` is a JSON object in the words of OpenAI's API: "messages" and,
   * where wanted, "tools", "tool_choice" ("auto" | "none" | "required"), "parallel_tool_calls",
   * "response_format"
   * ({"type":"json_object"} | {"type":"json_schema","schema":{…}} | {"type":"grammar","grammar":"…"}).
   * The answer is a JSON object: "prompt" (text; tokenize with add_special and parse_special), "tokens"
   * (where the request's texts name special tokens: the prompt's tokens, in which those names are text, to be
   * used instead; else not there), "grammar", "grammar_lazy", "grammar_triggers", "stop" (more texts that end
   * the answer), and "parser" (opaque, for chat_parse). INVALID: no template, a schema or grammar that is
   * none or grows beyond limits, roles that the template refuses. */
  sluice_nn_status (*chat_prepare)(const sluice_nn_model* model, sluice_nn_text request, sluice_nn_sink sink,
                                   sluice_nn_error* error);
  /* From the answer's text (so far, if `partial`) to a message in the words of OpenAI's API: "content",
   * "reasoning_content", "tool_calls". `parser` is chat_prepare's. */
  sluice_nn_status (*chat_parse)(const sluice_nn_model* model, sluice_nn_text parser, sluice_nn_text text,
                                 int partial, sluice_nn_sink sink, sluice_nn_error* error);
  /* A GBNF grammar from a JSON schema. INVALID as above. */
  sluice_nn_status (*schema_grammar)(const sluice_nn_model* model, sluice_nn_text schema, sluice_nn_sink sink,
                                     sluice_nn_error* error);

  sluice_nn_status (*context_open)(sluice_nn_model* model, const sluice_nn_context_options* options,
                                   sluice_nn_context** context, sluice_nn_error* error);
  void (*context_close)(sluice_nn_context* context); /* after its samplers are done */
  /* Computes a batch of tokens of any sequences. Items of one sequence stand in the order of their positions.
   * After OK, logits are there for items with `output`, in order. FULL, STOPPED: nothing of the batch is
   * kept. */
  sluice_nn_status (*decode)(sluice_nn_context* context, const sluice_nn_item* items, size_t count,
                             sluice_nn_error* error);
  /* The row of logits of the item at `index` of the last batch; valid until the next. Null: it had no output.
   */
  const float* (*logits)(sluice_nn_context* context, size_t index);
  /* One vector for each text, `embedding` floats each, normalized to length 1, written one after the other.
   * Each text is given as tokens [offsets[i], offsets[i+1]). */
  sluice_nn_status (*embed)(sluice_nn_context* context, const int32_t* tokens, const size_t* offsets,
                            size_t count, float* vectors, sluice_nn_error* error);

  /* Forgets positions [from, to) of a sequence; to < 0: to its end. 0: this model can't (it has to be
   * forgotten whole: from 0). */
  int (*sequence_remove)(sluice_nn_context* context, int32_t sequence, int32_t from, int32_t to);
  /* Gives an empty sequence the positions [0, to) of another, without computing and without more memory. 0:
   * can't. */
  int (*sequence_copy)(sluice_nn_context* context, int32_t source, int32_t target, int32_t to);
  /* Makes a decode that runs end soon with STOPPED. */
  void (*context_stop)(sluice_nn_context* context);

  /* Keeps what it needs of `sampling`. INVALID: a grammar that is none. */
  sluice_nn_status (*sampler_open)(const sluice_nn_model* model, const sluice_nn_sampling* sampling,
                                   sluice_nn_sampler** sampler, sluice_nn_error* error);
  void (*sampler_close)(sluice_nn_sampler* sampler);
  /* Tells of a token of the prompt, for penalties (not for the grammar). */
  void (*sampler_see)(sluice_nn_sampler* sampler, int32_t token);
  /* Draws a token from the row of logits (`vocabulary` floats; not changed) and accepts it. Different
   * samplers may draw at the same time. `logprobs`: how many alternatives to write to `top`, the most likely
   * first; -1: no logprob at all, which is quicker. */
  sluice_nn_status (*sampler_draw)(sluice_nn_sampler* sampler, const float* logits, int logprobs,
                                   sluice_nn_drawn* drawn, sluice_nn_drawn* top, sluice_nn_error* error);

  /* Writes another file with weights of `type` ("Q4_0", "Q8_0" …). The target is made if it isn't there, and
   * must be empty if it is. What is in it after a failure is for the caller to remove. */
  sluice_nn_status (*quantize)(const char* source_path, const char* target_path, sluice_nn_text type,
                               uint32_t threads, sluice_nn_error* error);

  /* Images. All of these are null, or `size` ends before them, in a backend whose models see none. */

  /* Reads a projector that was made for this model. `threads`: of computing an image. NOT_FOUND, CORRUPT
   * (another model's, too), NO_MEMORY, UNSUPPORTED (it is for sounds alone). */
  sluice_nn_status (*projector_open)(sluice_nn_model* model, const char* path, uint32_t threads,
                                     sluice_nn_projector** projector, sluice_nn_error* error);
  void (*projector_close)(sluice_nn_projector* projector); /* after its prompts, before its model */
  /* `count` + 1 texts, and between each two of them an image: the bytes of a file (PNG, JPEG, GIF's first
   * picture, BMP), which are read before this returns. The tokens that begin a prompt are added; names of
   * special tokens in the texts become those tokens if `parse_special`. Any thread. INVALID: an image of no
   * such format, broken or too large, or the last text is empty: something has to follow the last image. */
  sluice_nn_status (*mixed_open)(const sluice_nn_projector* projector, const sluice_nn_text* texts,
                                 const sluice_nn_text* images, size_t count, int parse_special,
                                 sluice_nn_mixed_prompt** prompt, sluice_nn_error* error);
  void (*mixed_close)(sluice_nn_mixed_prompt* prompt);
  /* The stretch at `index`, in their order. 0: there is none any more. */
  int (*mixed_stretch)(const sluice_nn_mixed_prompt* prompt, size_t index, sluice_nn_stretch* stretch);
  /* Computes an image's stretch, which follows what the sequence has: `position` tokens. Takes as long as it
   * takes; one at a time for each projector. Status and what is kept: as `decode`. */
  sluice_nn_status (*mixed_decode)(sluice_nn_context* context, const sluice_nn_mixed_prompt* prompt,
                                   size_t index, int32_t sequence, int32_t position, sluice_nn_error* error);
} sluice_nn_llm;

/* ---- Networks of tensors ---- */

typedef struct sluice_nn_graph sluice_nn_graph;
typedef struct sluice_nn_session sluice_nn_session;

/* Types of tensors, with the numbers of WASI-NN. */
typedef enum sluice_nn_type {
  SLUICE_NN_F16 = 0,
  SLUICE_NN_F32 = 1,
  SLUICE_NN_F64 = 2,
  SLUICE_NN_U8 = 3,
  SLUICE_NN_I32 = 4,
  SLUICE_NN_I64 = 5,
  SLUICE_NN_ANY_TYPE = 254, /* of an input that takes several, or an output whose type shows when it is there:
                             * those of TorchScript. A tensor itself is never of it */
  SLUICE_NN_OTHER_TYPE = 255 /* one that WASI-NN has no number for; tensors of it can't be set or read */
} sluice_nn_type;

#define SLUICE_NN_RANK_MAX 8U
#define SLUICE_NN_ANY_RANK 255U

/* A tensor, dense and row-major, little endian. Also the shape of an input or output that is to come: `data`
 * null and `bytes` 0, a dimension -1 where any will do, `rank` SLUICE_NN_ANY_RANK and `type`
 * SLUICE_NN_ANY_TYPE where they are open too. */
typedef struct sluice_nn_tensor {
  uint32_t type; /* sluice_nn_type */
  uint32_t rank; /* SLUICE_NN_RANK_MAX at most */
  int64_t dims[SLUICE_NN_RANK_MAX];
  const void* data; /* as aligned as the guest had it: not at all */
  uint64_t bytes;
} sluice_nn_tensor;

/* A file of a network, or its bytes where `path` is null. */
typedef struct sluice_nn_part {
  const char* path; /* NUL-terminated; of a folder, where the format is one */
  const void* data; /* valid as long as the graph */
  size_t size;
} sluice_nn_part;

typedef struct sluice_nn_graph_options {
  sluice_nn_text format; /* "openvino", "onnx", "tflite", "tensorflow", "pytorch" */
  uint32_t threads;      /* 0: the library's choice */
  uint32_t gpu;          /* 1: wanted on a GPU; UNSUPPORTED where the library has none */
} sluice_nn_graph_options;

typedef struct sluice_nn_tensors {
  uint32_t size; /* of this table, in bytes */

  /* The formats that this backend reads, separated by spaces. */
  const char* formats;

  /* Loads whatever the library needs later (its own plug-ins, kernels, thread pools), so that it need not
   * open files any more: called before a process locks itself in. */
  sluice_nn_status (*warm_up)(sluice_nn_text format, sluice_nn_error* error);

  /* Reads and compiles a network. INVALID: another number of parts than the format has. CORRUPT: it is none.
   */
  sluice_nn_status (*graph_open)(const sluice_nn_part* parts, size_t count,
                                 const sluice_nn_graph_options* options, sluice_nn_graph** graph,
                                 sluice_nn_error* error);
  void (*graph_close)(sluice_nn_graph* graph); /* after its sessions */
  uint32_t (*graph_inputs)(const sluice_nn_graph* graph);
  uint32_t (*graph_outputs)(const sluice_nn_graph* graph);
  /* What input or output `index` (in range) is. The name is valid as long as the graph. */
  void (*graph_input)(const sluice_nn_graph* graph, uint32_t index, sluice_nn_tensor* shape,
                      sluice_nn_text* name);
  void (*graph_output)(const sluice_nn_graph* graph, uint32_t index, sluice_nn_tensor* shape,
                       sluice_nn_text* name);

  /* A graph may have many sessions, used by a thread each at the same time; a session is used by one at a
   * time. */
  sluice_nn_status (*session_open)(sluice_nn_graph* graph, sluice_nn_session** session,
                                   sluice_nn_error* error);
  void (*session_close)(sluice_nn_session* session);
  /* Copies the tensor into the library's own input. The caller has compared it with the input's shape, and
   * `bytes` with its own; the library may still refuse it (INVALID). */
  sluice_nn_status (*session_set)(sluice_nn_session* session, uint32_t index, const sluice_nn_tensor* tensor,
                                  sluice_nn_error* error);
  /* INVALID: an input was never set. Inputs stay set. */
  sluice_nn_status (*session_compute)(sluice_nn_session* session, sluice_nn_error* error);
  /* Output `index` (in range) of the last compute; its data is valid until the next call of the session.
   * INVALID: nothing was computed. UNSUPPORTED: its type or rank. */
  sluice_nn_status (*session_output)(sluice_nn_session* session, uint32_t index, sluice_nn_tensor* tensor,
                                     sluice_nn_error* error);

  /* Those formats, separated by spaces, whose networks of bytes are read through a file without a name: a
   * memfd, opened again as /proc/self/fd/N. For all others nothing is opened after warm_up. */
  const char* nameless_formats;
} sluice_nn_tensors;

/* ---- The plug-in ---- */

typedef struct sluice_nn_backend_table {
  uint32_t abi;                     /* SLUICE_NN_ABI */
  uint32_t size;                    /* of this table, in bytes */
  const char* name;                 /* as `backend` in manifests: "ggml" */
  const char* version;              /* of the library, for people */
  const sluice_nn_llm* llm;         /* null: no language models */
  const sluice_nn_tensors* tensors; /* null: no networks of tensors; not there where `size` ends before it */
} sluice_nn_backend_table;

/* `folder`: where the plug-in and the parts of its library lie. Called once in a process, before anything
 * else; the table is valid to the end of the process. `log` may be null: lines for the operator, level 0
 * (debug) … 3 (error). */
typedef const sluice_nn_backend_table* (*sluice_nn_backend_function)(const char* folder,
                                                                     void (*log)(int level, const char* line,
                                                                                 size_t size));
const sluice_nn_backend_table* sluice_nn_backend(const char* folder,
                                                 void (*log)(int level, const char* line, size_t size));

#ifdef __cplusplus
}
#endif
