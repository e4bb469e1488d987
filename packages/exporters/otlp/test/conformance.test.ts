import { status as code, Metadata } from '@grpc/grpc-js'
import { otlpExporter } from '@slm-audit/otlp'
import { type ExporterFault, REFUSED_INDEX, testExporter } from '@slm-audit/testing/conformance'
import { type Body, type Fault, type Json, otlpReceiver } from './receiver.ts'
import { arrived } from './support.ts'

const busy = new Metadata()
const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo')
const any = Buffer.concat([
  Buffer.from([0x0a, type.length]),
  type,
  Buffer.from([0x12, 7, 0x0a, 5, 0x10, 0x80, 0x8c, 0x8d, 0x1e])
])
busy.set('grpc-status-details-bin', Buffer.concat([Buffer.from([0x1a, any.length]), any]))

const http: { readonly [F in ExporterFault]: Fault } = {
  down: { status: 503 },
  hang: { how: 'hang' },
  busy: { status: 429, headers: { 'retry-after': '1' } },
  refuse: { status: 400 }
}
const grpc: typeof http = {
  ...http,
  down: { code: code.UNAVAILABLE },
  busy: { code: code.RESOURCE_EXHAUSTED, metadata: busy },
  refuse: { code: code.INVALID_ARGUMENT }
}

for (const protocol of ['http/protobuf', 'http/json', 'grpc'] as const) {
  testExporter({
    name: `otlp over ${protocol}`,
    faults: ['down', 'hang', 'busy', 'refuse'],
    async make() {
      const receiver = await otlpReceiver()
      const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.url
      return {
        open: () => otlpExporter({ protocol, endpoint, detailsEvent: true, receivedEvent: true }),
        // Every record is an event, in its order.
        received: () =>
          arrived(receiver, 'logs').map(({ attributes }) => attributes['slm_audit.index']),
        cause(fault) {
          const answer = fault && (protocol === 'grpc' ? grpc : http)[fault]
          receiver.always((kind, body) => {
            if (fault !== 'refuse') return answer
            return kind === 'logs' && holdsRefused(body) ? answer : undefined
          })
        },
        [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]()
      }
    }
  })
}

function holdsRefused(body: Body): boolean {
  const records: Json[] = arrived({ got: [{ kind: 'logs', body }] } as never, 'logs')
  return records.some(({ attributes }) => attributes['slm_audit.index'] === REFUSED_INDEX)
}
