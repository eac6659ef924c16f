// Avro off Kafka, one JSON PUT an event: what a good Node script does, many
// requests at once within a batch, and no order among them.
const { Kafka, logLevel } = require('kafkajs');
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry');
const { Pool } = require('undici');

const IN_FLIGHT = 64;
const url = new URL(process.env.URL);
const pool = new Pool(url.origin, { connections: IN_FLIGHT, pipelining: 1 });
const registry = new SchemaRegistry({ host: process.env.REGISTRY });
const kafka = new Kafka({
  clientId: 'bench', brokers: [process.env.KAFKA], logLevel: logLevel.WARN });
const consumer = kafka.consumer({
  groupId: process.env.GROUP, maxBytesPerPartition: 1 << 20 });

async function send(value) {
  const answer = await pool.request({
    path: url.pathname, method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(await registry.decode(value)) });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`status ${answer.statusCode}`);
}

async function sendAll(messages) {
  let next = 0;
  const one = async () => {
    while (next < messages.length) await send(messages[next++].value);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT / 8 }, one));
}

(async () => {
  await consumer.connect();
  await consumer.subscribe({
    topics: process.env.TOPICS.split(','), fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 8, eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
      for (let i = 0; i < batch.messages.length; i += 256) {
        const part = batch.messages.slice(i, i + 256);
        await sendAll(part);
        resolveOffset(part[part.length - 1].offset);
        await heartbeat();
      }
    },
  });
})();
