import { collect, testValues } from '@slm-audit/testing/conformance'
import { wrapMcpClient } from '../src/index.ts'

const result = {
  content: [
    { type: 'text', text: 'Rain in Ulm.' },
    { type: 'resource', resource: { uri: 'sky://ulm', text: 'grey', mimeType: 'text/plain' } }
  ],
  structuredContent: { sky: 'rain', celsius: 1_011 },
  _meta: { server: 'sky', took: 7.25 }
}

testValues({
  name: 'mcp: what a tool gives',
  given: [result],
  play: (log, [given]) =>
    wrapMcpClient({ callTool: async (_params: object, _options?: object) => given }, log).callTool({
      name: 'weather'
    })
})

testValues({
  name: 'mcp: the messages of a tool that runs as a task',
  given: [
    { type: 'taskCreated', task: { taskId: 'task_1', status: 'working', ttl: 60_001 } },
    { type: 'taskStatus', task: { taskId: 'task_1', statusMessage: 'looking out', ttl: 60_001 } },
    { type: 'result', result }
  ],
  isStream: true,
  async play(log, messages) {
    async function* callToolStream(_params: object) {
      yield* messages
    }
    const client = {
      callTool: async (_params: object, _options?: object) => result,
      experimental: { tasks: { callToolStream } }
    }
    await collect(wrapMcpClient(client, log).experimental.tasks.callToolStream({ name: 'weather' }))
  }
})
