// Rotates ITEMS items of BITS bits up: item i goes to place (i + by) modulo ITEMS. Combinational.
//
// Where some items are always zero, the small steps should come first; where some places are not
// read, the large ones: that leaves the fewest multiplexers.
module rotator #(
    parameter int ITEMS = 8,  // a power of two, at least 2
    parameter int BITS = 1,
    parameter bit LARGE_FIRST = 0,
    localparam int STAGES = $clog2(ITEMS)
) (
    input  logic [    STAGES-1:0] by,
    input  logic [ITEMS*BITS-1:0] items,
    output logic [ITEMS*BITS-1:0] rotated
);

  for (genvar i = 0; i < STAGES; i++) begin : g_stage
    localparam int STEP = LARGE_FIRST ? STAGES - 1 - i : i;
    localparam int MOVED = BITS << STEP;
    logic [ITEMS*BITS-1:0] from;
    wire [ITEMS*BITS-1:0] to = by[STEP] ? {from[0+:ITEMS*BITS-MOVED], from[ITEMS*BITS-1-:MOVED]} : from;
    if (i == 0) assign from = items;
    else assign from = g_stage[i-1].to;
  end
  assign rotated = g_stage[STAGES-1].to;

endmodule
