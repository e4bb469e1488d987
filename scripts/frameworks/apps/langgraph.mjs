import { tool } from '@langchain/core/tools'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import { ChatOpenAI } from '@langchain/openai'
import { auditFetch } from '@slm-audit/fetch'
import { auditHandler } from '@slm-audit/langchain'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const callbacks = [auditHandler(log)] // the line
  const configuration = { baseURL: `${url}/v1`, fetch: auditFetch(log) }
  const model = new ChatOpenAI({ model: 'tiny', apiKey: 'x', configuration })
  const ask = tool(weather, {
    name: 'weather',
    description: 'The weather of a city',
    schema: z.object({ city: z.string() })
  })
  const graphOf = (bound, tools) =>
    new StateGraph(MessagesAnnotation)
      .addNode('model', async ({ messages }) => ({ messages: [await bound.invoke(messages)] }))
      .addNode('tools', new ToolNode(tools))
      .addEdge('__start__', 'model')
      .addConditionalEdges('model', toolsCondition)
      .addEdge('tools', 'model')
      .compile()
  const [plain, asker] = [graphOf(model, []), graphOf(model.bindTools([ask]), [ask])]
  const input = { messages: [{ role: 'user', content: 'How is it in Ulm?' }] }
  await play('plain', () => plain.invoke(input, { callbacks }))
  await play('stream', async () => {
    for await (const _ of await plain.stream(input, { callbacks, streamMode: 'messages' }));
  })
  await play('tools', () => asker.invoke(input, { callbacks }))
}
