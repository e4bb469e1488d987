/** OTel's `gen_ai.provider.name` by host; a subdomain counts. */
const PROVIDERS: { readonly [host: string]: string } = {
  'api.openai.com': 'openai',
  'api.anthropic.com': 'anthropic',
  'openai.azure.com': 'azure.ai.openai',
  'cognitiveservices.azure.com': 'azure.ai.openai',
  'services.ai.azure.com': 'azure.ai.inference',
  'models.ai.azure.com': 'azure.ai.inference',
  'generativelanguage.googleapis.com': 'gcp.gemini',
  'aiplatform.googleapis.com': 'gcp.vertex_ai',
  'api.groq.com': 'groq',
  'api.deepseek.com': 'deepseek',
  'mistral.ai': 'mistral_ai',
  'api.x.ai': 'x_ai',
  'api.perplexity.ai': 'perplexity',
  'api.cohere.com': 'cohere',
  'api.moonshot.ai': 'moonshot_ai',
  'api.together.xyz': 'together',
  'api.together.ai': 'together',
  'router.huggingface.co': 'hugging_face',
  'endpoints.huggingface.cloud': 'hugging_face',
  'openrouter.ai': 'openrouter'
}

/** The same by the host's first label, where the second one is a region. */
const REGIONAL: { readonly [label: string]: string } = {
  'aws-external-anthropic': 'anthropic',
  'bedrock-mantle': 'aws.bedrock',
  'bedrock-runtime': 'aws.bedrock'
}

const AWS = /\.(api\.aws|amazonaws\.com(\.cn)?)$/

/** Ollama's port, which no other common server uses. */
const OLLAMA_PORT = '11434'

/**
 * The provider that a base URL names, as OTel's `gen_ai.provider.name`; `unknown` for a server that
 * it does not tell, for instance `openai-compatible`.
 */
export function providerOf({ hostname, port }: URL, unknown: string): string {
  for (const [host, provider] of Object.entries(PROVIDERS)) {
    if (hostname === host || hostname.endsWith(`.${host}`)) return provider
    // Vertex AI puts the region into the host's first label.
    if (host.startsWith('aiplatform') && hostname.endsWith(`-${host}`)) return provider
  }
  const [label = ''] = hostname.split('.', 1)
  if (AWS.test(hostname) && REGIONAL[label] !== undefined) return REGIONAL[label]
  return port === OLLAMA_PORT ? 'ollama' : unknown
}
