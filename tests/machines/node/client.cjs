// A node-opcua client against our virtual machines: finds a machine, gives it a job, reads back what came of it.
// Arguments: endpoint, certificate, key, application uri, folder for its own store. Prints one line of JSON.
const {
  OPCUAClient, OPCUACertificateManager, SecurityPolicy, MessageSecurityMode, UserTokenType, AttributeIds, DataType,
  TimestampsToReturn, VariantArrayType, resolveNodeId, makeBrowsePath, coerceNodeId,
} = require("node-opcua");

const [endpoint, certificateFile, privateKeyFile, applicationUri, rootFolder] = process.argv.slice(2);
const found = {};

async function connect(securityPolicy, securityMode) {
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder, automaticallyAcceptUnknownCertificate: true, disableFileWatching: true,
  });
  await clientCertificateManager.initialize();
  const secure = securityMode === MessageSecurityMode.None ? {} : { certificateFile, privateKeyFile };
  const client = OPCUAClient.create({
    applicationUri, securityPolicy, securityMode, endpointMustExist: false, clientCertificateManager, ...secure,
    connectionStrategy: { maxRetry: 0 },
  });
  await client.connect(endpoint);
  return [client, await client.createSession({ type: UserTokenType.Anonymous })];
}

async function child(session, start, ...names) {
  const result = await session.translateBrowsePath(makeBrowsePath(start, "/" + names.join("/")));
  if (!result.targets || !result.targets.length) throw new Error(`not found: ${names.join("/")}`);
  return result.targets[0].targetId;
}

function soon(what, within = 20000) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("nothing happened")), within);
    what((value) => { clearTimeout(late); resolve(value); });
  });
}

async function work(session, securityName) {
  const uris = await session.readNamespaceArray();
  const ns = (uri) => uris.indexOf(uri);
  const jobs = ns("http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/");
  const machinery = ns("http://opcfoundation.org/UA/Machinery/");
  const machineryJobs = ns("http://opcfoundation.org/UA/Machinery/Jobs/");
  const ours = ns("urn:linewright:machines");
  const machine = await child(session, "ObjectsFolder", `${machinery}:Machines`, `${ours}:mill`);
  const management = [`${machinery}:MachineryBuildingBlocks`, `${machineryJobs}:JobManagement`];
  const control = await child(session, machine, ...management, `${machineryJobs}:JobOrderControl`);
  const results = await child(session, machine, ...management, `${machineryJobs}:JobOrderResults`);
  const list = await child(session, control, `${jobs}:JobOrderList`);
  const storeAndStart = await child(session, control, `${jobs}:StoreAndStart`);
  const responseById = await child(session, results, `${jobs}:RequestJobResponseByJobOrderID`);

  const name = `node-${securityName}-0`;
  const order = await session.constructExtensionObject(coerceNodeId(`ns=${jobs};i=3008`), {
    jobOrderID: name,
    workMasterID: [{ ID: "shaft.turn" }],
    materialRequirements: [{ materialDefinitionID: "shaft", materialLotID: "17", quantity: "1" }],
  });
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 20, requestedMaxKeepAliveCount: 10, requestedLifetimeCount: 100, publishingEnabled: true,
  });
  const item = await subscription.monitor(
    { nodeId: list, attributeId: AttributeIds.Value }, { samplingInterval: 0, queueSize: 50 }, TimestampsToReturn.Both,
  );
  const states = [];
  const ended = soon((resolve) => item.on("changed", (value) => {
    const mine = (value.value.value || []).find((one) => one.jobOrder.jobOrderID === name);
    if (!mine) return;
    states.push(mine.state[0].stateNumber);
    if (mine.state[0].stateNumber === 5) resolve(true);
  }));
  const comment = { dataType: DataType.LocalizedText, arrayType: VariantArrayType.Array, value: [] };
  const inputArguments = [{ dataType: DataType.ExtensionObject, value: order }, comment];
  const call = async () =>
    (await session.call({ objectId: control, methodId: storeAndStart, inputArguments })).outputArguments[0].value[1];
  const status = await call();
  const again = await call();
  await ended;
  const answer = await session.call({
    objectId: results, methodId: responseById, inputArguments: [{ dataType: DataType.String, value: name }],
  });
  const response = answer.outputArguments[0].value;
  const type = await session.read({ nodeId: machine, attributeId: AttributeIds.BrowseName });
  found[securityName] = {
    machine: type.value.value.name,
    status,
    again,
    states,
    response: { id: response.jobOrderID, state: response.jobState[0].stateNumber,
      data: Object.fromEntries((response.jobResponseData || []).map((one) => [one.ID, one.value.value])) },
    // nobody may write
    write: (await session.write({
      nodeId: list, attributeId: AttributeIds.Value,
      value: { value: { dataType: DataType.ExtensionObject, arrayType: VariantArrayType.Array, value: [] } },
    }).catch((error) => ({ name: String(error.message) }))).name,
  };
  await subscription.terminate();
}

async function look(session) {
  const uris = await session.readNamespaceArray();
  const machinery = uris.indexOf("http://opcfoundation.org/UA/Machinery/");
  const ours = uris.indexOf("urn:linewright:machines");
  const state = await child(session, "ObjectsFolder", `${machinery}:Machines`, `${ours}:mill`,
    `${machinery}:MachineryBuildingBlocks`, `${machinery}:MachineryItemState`, "CurrentState");
  const shown = await session.read({ nodeId: state, attributeId: AttributeIds.Value });
  const denied = await session.call({ objectId: coerceNodeId(`ns=${ours};s=mill`), methodId: resolveNodeId("i=11489"), inputArguments: [] })
    .then((result) => result.statusCode.name, (error) => String(error.message));
  found.anonymous = { state: shown.value.value.text, call: denied };
}

(async () => {
  for (const [name, policy] of [["Basic256Sha256", SecurityPolicy.Basic256Sha256],
    ["Aes256", SecurityPolicy.Aes256_Sha256_RsaPss]]) {
    const [client, session] = await connect(policy, MessageSecurityMode.SignAndEncrypt);
    await work(session, name);
    await session.close();
    await client.disconnect();
  }
  const [client, session] = await connect(SecurityPolicy.None, MessageSecurityMode.None);
  await look(session);
  await session.close();
  await client.disconnect();
  console.log(JSON.stringify(found));
  process.exit(0);
})().catch((error) => { console.error(error); process.exit(1); });
