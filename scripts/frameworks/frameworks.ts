// The frameworks that docs/frameworks.md tells of, one row each, in the order of the page.

/** A framework or client, and the application of it that is played. */
export interface Framework {
  /** As its users call it. */
  readonly name: string
  /** The application's file in `apps`, without its ending, and its folder in the cache. */
  readonly app: string
  /** What is installed for it, by range: the framework itself first. */
  readonly packages: { readonly [name: string]: string }
  /** Whether it has steps of its own that calls could stand in; a client has none. */
  readonly hasSteps: boolean
}

/** Those with a row in the table. */
export const FRAMEWORKS: readonly Framework[] = [
  framework('OpenAI Agents SDK', 'openai-agents', { '@openai/agents': '', openai: '6', zod: '' }),
  framework('Mastra', 'mastra', {
    '@mastra/core': '',
    '@mastra/observability': '',
    '@ai-sdk/openai-compatible': '',
    ai: '',
    zod: ''
  }),
  framework('Genkit', 'genkit', {
    genkit: '',
    '@genkit-ai/compat-oai': '',
    '@opentelemetry/api': ''
  }),
  framework('LlamaIndex', 'llamaindex', {
    llamaindex: '',
    '@llamaindex/openai': '',
    '@llamaindex/workflow': '',
    openai: '',
    zod: ''
  }),
  framework('LangChain', 'langchain', {
    langchain: '',
    '@langchain/core': '',
    '@langchain/openai': '',
    '@langchain/langgraph': '',
    zod: ''
  }),
  framework('LangGraph', 'langgraph', {
    '@langchain/langgraph': '',
    '@langchain/core': '',
    '@langchain/openai': '',
    zod: ''
  }),
  framework('Vercel AI SDK 7', 'ai-sdk-7', { ai: '7', '@ai-sdk/openai-compatible': '3', zod: '' }),
  framework('Vercel AI SDK 6', 'ai-sdk-6', { ai: '6', '@ai-sdk/openai-compatible': '2', zod: '' }),
  framework('Vercel AI SDK 5', 'ai-sdk-5', { ai: '5', '@ai-sdk/openai-compatible': '1', zod: '' }),
  client('Instructor', 'instructor', { '@instructor-ai/instructor': '', openai: '', zod: '3' }),
  framework('TanStack AI', 'tanstack-ai', {
    '@tanstack/ai': '',
    '@tanstack/ai-openai': '',
    zod: ''
  }),
  client('ax', 'ax', { '@ax-llm/ax': '' }),
  client('xsAI', 'xsai', { xsai: '', zod: '' }),
  client('Portkey', 'portkey', { 'portkey-ai': '' }),
  client('multi-llm-ts', 'multi-llm-ts', { 'multi-llm-ts': '' }),
  client('token.js', 'token.js', { 'token.js': '' }),
  client('Groq', 'groq', { 'groq-sdk': '' }),
  client('Together', 'together', { 'together-ai': '' }),
  client('OpenRouter', 'openrouter', { '@openrouter/sdk': '' }),
  client('Cohere', 'cohere', { 'cohere-ai': '' }),
  framework('BAML', 'baml', { '@boundaryml/baml': '' }),
  client('MCP SDK 1', 'mcp-1', {
    '@modelcontextprotocol/sdk': '',
    '@modelcontextprotocol/server-everything': '',
    openai: ''
  }),
  client('MCP SDK 2', 'mcp-2', {
    '@modelcontextprotocol/client': '',
    '@modelcontextprotocol/server-everything': '',
    openai: ''
  }),
  client('tool runner of OpenAI', 'openai-tool-runner', { openai: '' }),
  client('tool runner of Anthropic', 'anthropic-tool-runner', {
    '@anthropic-ai/sdk': '',
    zod: ''
  }),
  client('openai 4 (node-fetch)', 'openai-4', { openai: '4' }),
  client('axios', 'axios', { axios: '' }),
  client('got (node:http)', 'got', { got: '' })
]

function framework(name: string, app: string, packages: Framework['packages']): Framework {
  return { name, app, packages, hasSteps: true }
}

function client(name: string, app: string, packages: Framework['packages']): Framework {
  return { name, app, packages, hasSteps: false }
}
