import { BamlRuntime } from '@boundaryml/baml'
import { auditFetch } from '@slm-audit/fetch'

// What `baml-cli generate` makes of this is a thin layer over the runtime.
const source = (url) => `
client<llm> Local {
  provider openai-generic
  options {
    base_url "${url}/v1"
    model "tiny"
    api_key "x"
  }
}
class Person {
  name string
  age int
}
function Who(text: string) -> Person {
  client Local
  prompt #"Who? {{ text }} {{ ctx.output_format }}"#
}`

export async function app({ log, url, play }) {
  const fetch = auditFetch(log)
  const runtime = BamlRuntime.fromFiles('.', { 'main.baml': source(url) }, {})
  const context = runtime.createContextManager()
  const b = {
    request: {
      Who: (text) => runtime.buildRequest('Who', { text }, context, null, null, false, {})
    }
  }
  const send = async (request) => {
    const { url: address, method, headers, body } = request
    const response = await fetch(address, { method, headers, body: body.text() }) // the line
    return response.json()
  }
  await play('plain', async () => send(await b.request.Who('Ada')))
}
