// The data path of a bit gather: an inverse butterfly of log2(WIDTH) stages of switches, set by
// bit_gather_control. Bits that were not selected enter as zeros.
module bit_gather_network #(
    parameter int WIDTH = 64,  // a power of two, at least 2
    localparam int STAGES = $clog2(WIDTH)
) (
    input  logic [WIDTH-1:0] selected,
    input  logic [STAGES*WIDTH-1:0] exchange,
    input  logic [WIDTH-1:0] data,
    output logic [WIDTH-1:0] packed_bits
);

  for (genvar i = 0; i < STAGES; i++) begin : g_stage
    logic [WIDTH-1:0] from;
    logic [WIDTH-1:0] to;
    if (i == 0) assign from = data & selected;
    else assign from = g_stage[i-1].to;
    wire [WIDTH-1:0] lower = exchange[i*WIDTH+:WIDTH];
    wire [WIDTH-1:0] upper = lower << (1 << i);
    assign to = (lower & from >> (1 << i)) | (upper & from << (1 << i)) | (~(lower | upper) & from);
  end
  assign packed_bits = g_stage[STAGES-1].to;

endmodule
