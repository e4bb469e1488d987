// A person approves a call before it is made: a webhook tells them, and the call waits for the decision.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { webhookExporter } from '@slm-audit/webhook'
import { createAuditLog, type PolicyDocument } from 'slm-audit'

const policy: PolicyDocument = {
  rules: [
    { name: 'payments', level: 'Request', match: { tools: 'pay*' }, review: { waitSeconds: 60 } },
    { name: 'rest', level: 'RequestResponse' }
  ]
}

// What stands in for a chat or a desk of yours: it hears of a review, and a person decides there.
const desk = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  response.end()
  const [, review] = /"review":"(rv-\w+)"/.exec(body) ?? []
  if (review === undefined) return
  console.log('the desk hears of a review')
  await log.reviews.approve(review, { by: 'ada', note: 'the invoice is right' })
})
await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(desk.address() as AddressInfo).port}/`
const webhook = webhookExporter({ url, secret: 'whsec_c2xtLWF1ZGl0IGV4YW1wbGUgc2VjcmV0' })
const log = await createAuditLog({
  policy,
  exporters: [{ exporter: webhook, kinds: ['review.requested'] }]
})

const paid = await log.tool('payInvoice', async () => 'paid 120 EUR', { input: { invoice: 17 } })
console.log(paid)
await log.close()
desk.close()
