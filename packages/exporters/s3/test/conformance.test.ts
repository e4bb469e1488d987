import { openS3Archive, s3Archive } from '@slm-audit/s3'
import { testExporter } from '@slm-audit/testing/conformance'
import { S3Server } from './s3-server.ts'

testExporter({
  name: 's3',
  faults: ['down', 'hang'],
  async make() {
    const server = await S3Server.open()
    const place = { bucket: 'audit', prefix: 'log', client: server.client }
    return {
      open: () => s3Archive(place).exporter,
      async received() {
        if (server.keys.length === 0) return []
        await using source = await openS3Archive(place)
        const indices: number[] = []
        for await (const { index } of source.records()) indices.push(index)
        return indices
      },
      cause(fault) {
        server.fault = fault === 'down' || fault === 'hang' ? fault : undefined
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()
    }
  }
})
