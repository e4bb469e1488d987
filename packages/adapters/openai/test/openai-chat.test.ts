import { testProtocol } from '@slm-audit/testing/conformance'
import { openaiChat } from '../src/openai-chat.ts'

for (const name of ['plain', 'streamed']) {
  testProtocol(openaiChat, new URL(`../fixtures/${name}/`, import.meta.url))
}
