/** Headers by name. In a value, `$NAME` stands for a variable of the environment. */
type Headers = { readonly [name: string]: string }

/** What vendors' hosts ask for; the variables are those that their own clients read. A key goes to its vendor's host alone. */
const NEEDED: { readonly [host: string]: Headers } = {
  'api.openai.com': { authorization: 'Bearer $OPENAI_API_KEY' },
  'api.mistral.ai': { authorization: 'Bearer $MISTRAL_API_KEY' },
  'api.anthropic.com': {
    'x-api-key': '$ANTHROPIC_API_KEY',
    'anthropic-version': '2023-06-01'
  },
  'generativelanguage.googleapis.com': { 'x-goog-api-key': '$GEMINI_API_KEY' },
  'api.cohere.com': { authorization: 'Bearer $CO_API_KEY' },
  'router.huggingface.co': { authorization: 'Bearer $HF_TOKEN' }
}

/** The headers that a request of JSON to this address needs. */
export function headersFor(address: string): Headers {
  return { 'content-type': 'application/json', ...NEEDED[new URL(address).host] }
}

/** The same with the environment's values; a header whose variable is not set is left out. */
export function filledIn(headers: Headers, env: NodeJS.ProcessEnv): Headers {
  const filled = Object.entries(headers).flatMap(([name, value]) => {
    const variable = /\$(\w+)$/.exec(value)?.[1]
    if (variable === undefined) return [[name, value]]
    const found = env[variable]
    return found ? [[name, value.replace(`$${variable}`, () => found)]] : []
  })
  return Object.fromEntries(filled)
}
