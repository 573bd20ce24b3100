// A node-opcua server with one machine, made of the published nodesets: takes jobs by ISA-95 Job Control.
// Arguments: certificate, key, application uri, folder for its own store, time a job takes in ms. Prints its port.
const {
  OPCUAServer, OPCUACertificateManager, nodesets, DataType, Variant, VariantArrayType, StatusCodes, coerceLocalizedText,
  SecurityPolicy, MessageSecurityMode,
} = require("node-opcua");

const [certificateFile, privateKeyFile, applicationUri, rootFolder, takes] = process.argv.slice(2);
const STATES = { 1: "NotAllowedToStart", 2: "AllowedToStart", 3: "Running", 4: "Interrupted", 5: "Ended", 6: "Aborted" };
const NO_ERROR = [0, 1], UNKNOWN = [0, 2], INVALID_STATE = [0, 8], NOT_ACCEPTED = [0, 16];

(async () => {
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder, automaticallyAcceptUnknownCertificate: true, disableFileWatching: true,
  });
  await serverCertificateManager.initialize();
  const server = new OPCUAServer({
    port: 0, hostname: "127.0.0.1", certificateFile, privateKeyFile, serverCertificateManager,
    serverInfo: { applicationUri },
    securityPolicies: [SecurityPolicy.Basic256Sha256], securityModes: [MessageSecurityMode.SignAndEncrypt],
    nodeset_filename: [nodesets.standard, nodesets.di, nodesets.ia, nodesets.machinery, nodesets.isa95JobControl, nodesets.machineryJobs],
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  const index = (uri) => space.getNamespaceIndex(uri);
  const own = space.getOwnNamespace();
  const isa = index("http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/");
  const machinery = index("http://opcfoundation.org/UA/Machinery/");
  const machineryJobs = index("http://opcfoundation.org/UA/Machinery/Jobs/");
  const machines = space.findNode(`ns=${machinery};i=1001`);

  const mill = own.addObject({ browseName: "mill", organizedBy: machines });
  const blocks = own.addObject({
    browseName: { name: "MachineryBuildingBlocks", namespaceIndex: machinery }, componentOf: mill, typeDefinition: "FolderType",
  });
  const management = own.addObject({
    browseName: { name: "JobManagement", namespaceIndex: machineryJobs }, addInOf: blocks,
  });
  const make = (type, name) => space.findObjectType(type, isa).instantiate({
    browseName: { name, namespaceIndex: machineryJobs }, componentOf: management,
    optionals: ["StoreAndStart", "Start", "RevokeStart", "Pause", "Resume", "Clear"],
  });
  const control = make("ISA95JobOrderReceiverObjectType", "JobOrderControl");
  const results = make("ISA95JobResponseProviderObjectType", "JobOrderResults");

  const jobs = new Map();
  const construct = (type, fields) => space.constructExtensionObject(space.findDataType(type, isa), fields);
  const state = (number) => [{ stateNumber: number, stateText: coerceLocalizedText(STATES[number]), browsePath: {} }];
  const show = () => control.getComponentByName("JobOrderList", isa).setValueFromSource({
    dataType: DataType.ExtensionObject, arrayType: VariantArrayType.Array,
    value: [...jobs.values()].map((job) => construct("ISA95JobOrderAndStateDataType", { jobOrder: job.order, state: state(job.state) })),
  });
  const run = (job) => {
    job.state = 3;
    job.began = Date.now();
    job.timer = setTimeout(() => { job.state = 5; show(); }, job.left);
  };
  const answer = (status, ...before) => ({
    statusCode: StatusCodes.Good, outputArguments: [...before, new Variant({ dataType: DataType.UInt64, arrayType: VariantArrayType.Scalar, value: status })],
  });
  const bind = (object, name, act) => object.getMethodByName(name, isa).bindMethod((inputs, _context, done) => {
    const reply = act(inputs[0].value);
    show();
    done(null, reply);
  });
  const change = (name, from, act) => bind(control, name, (id) => {
    const job = jobs.get(id);
    if (!job) return answer(UNKNOWN);
    if (!from.includes(job.state)) return answer(INVALID_STATE);
    act(job, id);
    return answer(NO_ERROR);
  });
  bind(control, "StoreAndStart", (order) => {
    if (jobs.has(order.jobOrderID)) return answer(NOT_ACCEPTED);
    const job = { order, left: Number(takes) };
    jobs.set(order.jobOrderID, job);
    run(job);
    return answer(NO_ERROR);
  });
  change("Pause", [3], (job) => { clearTimeout(job.timer); job.left -= Date.now() - job.began; job.state = 4; });
  change("Resume", [4], run);
  change("Clear", [5, 6], (_job, id) => jobs.delete(id));
  bind(results, "RequestJobResponseByJobOrderID", (id) => {
    const job = jobs.get(id);
    const parameter = (ID, dataType, value) => ({ ID, value: new Variant({ dataType, value }) });
    const response = construct("ISA95JobResponseDataType", {
      jobResponseID: id, jobOrderID: id, jobState: job ? state(job.state) : [],
      jobResponseData: [parameter("bore", DataType.Double, 0.0201), parameter("outcome", DataType.String, "fail")],
    });
    return answer(job ? NO_ERROR : UNKNOWN, new Variant({ dataType: DataType.ExtensionObject, value: response }));
  });
  show();
  await server.start();
  console.log(JSON.stringify({ port: server.endpoints[0].port }));
})().catch((error) => { console.error(error); process.exit(1); });
