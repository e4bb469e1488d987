import { testClient, testProtocol } from '../src/conformance.ts'
import { EchoClient, echoBinary, echoChat, wrapEcho } from './echo-client.ts'

const folder = (name: string) => new URL(`fixtures/echo-${name}/`, import.meta.url)

testProtocol(echoChat, folder('plain'))
testProtocol(echoChat, folder('streamed'))
testProtocol(echoBinary, folder('binary'))

const shared = {
  connect: (url: string) => new EchoClient(url),
  // The client gives the signal to fetch, which refuses it.
  expected: {
    'a signal of another realm aborts before the answer': { stage: 'error' as const, by: undefined }
  },
  plain: {
    folder: folder('plain'),
    run: (client: EchoClient, params: never, options: object) => client.chat(params, options)
  },
  stream: {
    folder: folder('streamed'),
    run: (client: EchoClient, params: never, options: object) => client.stream(params, options)
  },
  text: String
}

testClient<EchoClient>({ ...shared, name: 'echo, lines', wrap: wrapEcho })

testClient<EchoClient>({
  ...shared,
  name: 'echo, binary messages',
  wrap: (client, log) => wrapEcho(client, log, echoBinary),
  stream: { ...shared.stream, folder: folder('binary') },
  malformed: Uint8Array.of(0, 0, 0, 7, 120, 120, 120)
})
