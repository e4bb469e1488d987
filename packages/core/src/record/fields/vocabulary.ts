/**
 * What may stand in a header beside the fields of the record's own table: names of settings and of an answer's
 * details, and the words that they take. A name or a word that is in none of these lists is not a mistake: its
 * member becomes a content. Names are compared in lower case without `_`, `-` and `.`, so that `max_tokens`,
 * `maxTokens` and `max-tokens` are one.
 */

const list = (...lines: readonly string[]) => new Set(lines.join(' ').split(' '))

/** Members that take numbers, switches and words, or hold others that do. */
export const FACT_NAMES: ReadonlySet<string> = list(
  // How tokens are chosen.
  'temperature minp topp topk topa typp typicalp topnsigma tfsz seed randomseed mirostat mirostattau mirostateta',
  'dosample numbeams numbeamgroups diversitypenalty earlystopping epsiloncutoff etacutoff penaltyalpha samplers',
  'dynatemprange dynatempexponent xtcprobability xtcthreshold adaptivetarget adaptivedecay backendsampling minkeep',
  'dryrange drymultiplier drybase dryallowedlength drypenaltylastn usebeamsearch maxlogprobs guidancescale',
  // Penalties.
  'frequencypenalty presencepenalty repetitionpenalty repeatpenalty repeatlastn lengthpenalty penalizenl penalty',
  'lastntokens punishtokensnewline norepeatngramsize encoderrepetitionpenalty ignoreeos',
  // Lengths and numbers of answers.
  'maxtokens maxcompletiontokens maxoutputtokens maxnewtokens maxlength maxgenlen maxtokencount mintokens minlength',
  'minnewtokens maxtokenstosample maxtime numpredict npredict nkeep nprobs nctx ndiscard ncmpl n bestof candidatecount',
  'samplecount numctx numkeep numbatch numgpu numthread maingpu numreturnsequences maxtoolcalls maxretries',
  'maxparalleltokens maxparallelfunctioncalls trimwhitespacesuffix stream raw echo truncate truncation padding',
  // What the answer is to show.
  'logprobs toplogprobs topnlogprobs responselogprobs promptlogprobs topntokens returntokens returntokenids details',
  'decoderinputdetails timingspertoken postsamplingprobs includeusage usage include includereasoning streamoptions',
  'includeobfuscation continuoususagestats returnfulltext returntimestamps returnprogress documentfunctionparams',
  // Forms of answers.
  'responseformat jsonschema strict format text textformat type verbosity outputformat streamformat modalities',
  'responsemodalities responsemimetype jsonmode structuredoutput grammarlazy documentstructure schemaversion',
  // Reasoning.
  'reasoning reasoningeffort reasoningformat reasoningincontent effort summary generatesummary thinking think',
  'thinkinglevel thinkingconfig thinkingbudget thinkingbudgettokens budgettokens includethoughts enablethinking',
  'budgets thoughttokens chattemplatekwargs promptmode thoughts',
  // Tools.
  'toolchoice toolconfig functioncallingconfig mode paralleltoolcalls disableparalleltooluse',
  'streamfunctioncallarguments maxuses auto any',
  // Evaluation in process.
  'asked generatenext confidence token index onoverflow',
  // Where providers nest settings.
  'options config generationconfig inferenceconfig textgenerationconfig additionalmodelrequestfields parameters',
  'providermetadata extrabody generationsettings speculative completions performanceconfig latency',
  // Serving.
  'servicetier store background priority keepalive cacheprompt idslot nindent tmaxpromptms tmaxpredictms debug',
  'usemmap usemlock lowvram f16kv numa logitsall vocabonly embeddingonly apiversion anthropicversion xamznbedrocktrace safeprompt',
  'promptcacheretention cachecontrol ttl timeoutms timeout chatformat contextlength',
  // Embeddings, ranking, classifying.
  'dimensions outputdimension outputdimensionality encodingformat outputdtype embeddingtypes inputtype tasktype',
  'normalize pooling topn returndocuments multilabel threshold aggregationstrategy maxchunksperdoc',
  'functiontoapply autotruncate cleanuptokenizationspaces',
  // Sound.
  'audio language samplerate speed bitrate timestampgranularities chunkingstrategy chunklengths stridelengths',
  'prefixpaddingms silencedurationms',
  // Pictures, films, documents.
  'size quality width height steps numinferencesteps aspectratio partialimages moderation outputcompression',
  'inputfidelity imagelimit imageminsize includeimagebase64 confidencescoresgranularity persongeneration',
  'addwatermark includeraireason includesafetyattributes durationseconds fps pages',
  // Safety.
  'safetysettings category probability severity blocked filtered detected contentfilterresults contentfilterresult promptfilterresults',
  'promptfeedback blockreason safetyratings hate selfharm sexual violence jailbreak profanity promptindex flagged',
  'guardrailconfig trace outputscope source customblocklists guardrail interventions action stopdetails matchesschema',
  // Answers.
  'dialect created createdat createtime completedat expiresat status state incompletedetails reason stopreason',
  'processingstatus requestcounts processing succeeded errored canceled expired batchstats count numberoftokens',
  'truncated heldtokens tokenscached tokensevaluated tokenspredicted avglogprobs totalduration loadduration promptevalduration',
  'xgroq policy openai anthropic google vertex mistral azure groq bedrock xai deepseek cohere ollama openrouter vllm',
  'evalduration container image images batch control nativefinishreason'
)

/** Members that hold measurements: numbers and switches in them stay whatever their names. */
export const MEASURE_NAMES: ReadonlySet<string> = list(
  'timings timing metrics stats usage extra amazonbedrockinvocationmetrics usagemetadata counts'
)

/** Words that settings and details take, in any case. */
export const FACT_WORDS: ReadonlySet<string> = list(
  'auto none any all required allowed validated tool tools function functions custom default standard flex priority',
  'scale batch performance optimized economy on_demand off on enabled disabled adaptive true false null min max',
  'minimal low medium high xhigh concise detailed full brief summarized',
  // Forms.
  'text text/plain json json_object json_schema application/json text/x.enum regex grammar verbose_json srt vtt xml',
  'markdown md html csv structured structured_output object array string number integer boolean choice',
  'mp3 opus aac flac wav pcm pcm16 g711_ulaw g711_alaw ogg mulaw alaw webm mp4 png jpeg jpg webp gif svg pdf',
  'float float32 float16 int8 uint8 binary ubinary base64 sse ndjson',
  'audio image video document file words word segment page sentence character token tokens duration',
  // Reasoning, and how frameworks read it.
  'reasoning thinking deepseek deepseek-legacy parsed hidden raw content-only reasoning.encrypted_content logprobs',
  'message.output_text.logprobs message.output_text.annotations web_search_call.action.sources',
  'file_search_call.results code_interpreter_call.outputs computer_call_output.output.image_url',
  // Samplers of llama.cpp.
  'top_k top_p min_p typ_p typical_p temperature temp penalties dry top_n_sigma xtc infill mirostat edskv',
  // Pooling, ranking, embeddings.
  'mean cls last lasttoken rank sum simple first average sigmoid softmax search_document search_query',
  'classification clustering query passage retrieval_query retrieval_document semantic_similarity',
  'question_answering fact_verification code_retrieval_query start end right left',
  // Truncation, caching, moderation.
  'in_memory 24h ephemeral persistent transparent opaque hd standard-hd vivid natural',
  // States.
  'completed complete in_progress queued incomplete failed cancelled canceled cancelling expired ended validating enabled_full',
  'finalizing pending running succeeded active done max_output_tokens max_tokens length stop content_filter',
  'batch_state_pending batch_state_running batch_state_succeeded batch_state_failed batch_state_cancelled',
  'job_state_pending job_state_running job_state_succeeded job_state_failed job_state_cancelled stopped',
  'maxchunk refusal eosfound userstopped modelunloaded',
  // Safety.
  'safe negligible unspecified harm_category_harassment harm_category_hate_speech harm_category_sexually_explicit',
  'harm_category_dangerous_content harm_category_civic_integrity harm_category_jailbreak block_none off',
  'block_only_high block_medium_and_above block_low_and_above harm_block_threshold_unspecified safety other blocklist',
  'prohibited_content image_safety blocked anonymized detected intervened interventions input output blocked_reason',
  'topicpolicy.topics contentpolicy.filters wordpolicy.customwords wordpolicy.managedwordlists',
  'sensitiveinformationpolicy.piientities sensitiveinformationpolicy.regexes contextualgroundingpolicy.filters',
  'dont_allow allow_adult allow_all traffic_type on_demand provisioned_throughput not_available',
  // Servers that speak a known format in a way of their own; how frameworks end a run.
  'azure groq openrouter vllm lm-studio llama.cpp llamafile llama-cpp-python together deepseek ollama sglang tgi',
  'graphinterrupt parentcommand nodeinterrupt graphbubbleup'
)

/** Names and words of annotations: what people and evaluations say of a call in a form that says no more. */
export const ANNOTATION_NAMES: ReadonlySet<string> = list(
  'score scores rating value values thumb thumbs thumbsup thumbsdown up down label verdict grade correct accepted approved',
  'rejected helpful relevant toxic grounded faithful edited resolved escalated passed pass failed weight confidence',
  'kind kinds type source stars rank seconds durationms feedback review evaluation guardrail action decision outcome'
)

/** See {@link ANNOTATION_NAMES}. */
export const ANNOTATION_WORDS: ReadonlySet<string> = list(
  'good bad neutral positive negative up down yes no true false correct incorrect right wrong pass fail passed failed',
  'accepted rejected approved denied helpful unhelpful relevant irrelevant safe unsafe toxic low medium high unknown',
  'feedback review evaluation incident human model user automatic manual thumbs_up thumbs_down resolved escalated',
  'score ticket guardrail label correction note corrected edited needs_work spam blocked allowed flagged masked rewritten'
)

/** Members of annotations that hold an id which code or a server gave to a thing. */
export const ANNOTATION_REFERENCES: ReadonlySet<string> = list(
  'incident ticket guardrail evaluator metric dataset set'
)

/** Parts of the paths of model servers; parts that are not among them may name a person or an account. */
export const PATH_PARTS: ReadonlySet<string> = list(
  'api openai v1 v2 v3 v1beta v1beta1 v1alpha v1internal chat completions completion complete responses messages batches',
  'embeddings embedding embed decisions v0 generate generate_stream models model systemone infill tokenize detokenize rerank reranking',
  'pooling embed_all embed_sparse similarity',
  'rank score classify classifications moderations audio speech transcriptions translations images generations edits',
  'variations videos files uploads assistants threads runs realtime agents conversations fim ocr beta deployments',
  'projects locations publishers google anthropic meta mistralai cachedcontents interactions operations count_tokens',
  'count-tokens results cancel input_items compact retrieve invoke invoke-with-response-stream converse converse-stream',
  'async-invoke guardrail version apply pipeline feature-extraction automatic-speech-recognition hf-inference',
  'inference text-generation sentence-similarity zero-shot-classification text-to-image image-to-text generatecontent',
  'streamgeneratecontent predict predictlongrunning batchgeneratecontent batchembedcontents embedcontent counttokens',
  'rawpredict streamrawpredict computetokens serverless extra gemini azure cohere bedrock vertex workers ai run echo'
)
