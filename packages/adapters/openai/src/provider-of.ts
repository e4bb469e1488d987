/** OTel's `gen_ai.provider.name` by host; a subdomain counts. */
const PROVIDERS: { readonly [host: string]: string } = {
  'api.openai.com': 'openai',
  'openai.azure.com': 'azure.ai.openai',
  'services.ai.azure.com': 'azure.ai.inference',
  'api.groq.com': 'groq',
  'api.deepseek.com': 'deepseek',
  'api.mistral.ai': 'mistral_ai',
  'api.x.ai': 'x_ai',
  'api.perplexity.ai': 'perplexity',
  'api.moonshot.ai': 'moonshot_ai',
  'api.together.xyz': 'together',
  'openrouter.ai': 'openrouter'
}

/** Ollama's port, which no other common server uses. */
const OLLAMA_PORT = '11434'

/** The provider that a base URL names; a server that it does not is `openai-compatible`. */
export function providerOf(url: URL): string {
  const { hostname, port } = url
  for (const [host, provider] of Object.entries(PROVIDERS)) {
    if (hostname === host || hostname.endsWith(`.${host}`)) return provider
  }
  return port === OLLAMA_PORT ? 'ollama' : 'openai-compatible'
}
