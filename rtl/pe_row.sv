// PE row (docs/microarchitecture.md, sections 6, 7, 10 and 11): CA unit, which in direct mode a picker
// of activations stands in for, element queue and MAC unit. Its ring input buffer port, coefficients,
// weights, line buffer memory and slice merge are outside.
module pe_row #(
    parameter int CHUNK = 64,
    parameter int LANES = 16,
    parameter int ENTRY_CHUNKS = 4,
    parameter int SLOT_QUEUE_ROWS = 12,
    parameter int LOOK_AHEAD = 3,
    parameter int OFFSETS = 5,
    parameter logic [16*(OFFSETS > 0 ? OFFSETS : 1)-1:0] PATTERN = 80'h01fe_01ff_0300_0200_0100,
    parameter int ELEMENT_QUEUE = 4,
    parameter int MULTIPLIERS = 5,
    parameter int KERNEL = 3,
    parameter int LINE_BITS = 6,
    parameter int COLUMN_BITS = 9,
    parameter int NUMBER_BITS = 12,
    parameter int TILE_BITS = 4,
    parameter int WEIGHT_PORT = 8,
    localparam int CHUNK_BITS = ENTRY_CHUNKS > 1 ? $clog2(ENTRY_CHUNKS) : 1,
    localparam int VALUE_BITS = 8 + $clog2(ENTRY_CHUNKS * CHUNK),
    localparam int TAP_BITS = $clog2(KERNEL + 1),
    localparam int INDEX_BITS = KERNEL > 1 ? $clog2(KERNEL * KERNEL) : 1,
    localparam int PRODUCT_BITS = VALUE_BITS + 8,
    localparam int CHANNEL_BITS = $clog2(ENTRY_CHUNKS * CHUNK),
    localparam int WINDOW_BITS =
        1 + TILE_BITS + 4 * TAP_BITS + NUMBER_BITS + 2 * LINE_BITS + COLUMN_BITS
) (
    input logic clk,
    input logic rst,

    // Of the layer and the pass, as in mac_unit; entries_left: the row has not released all entries
    // of the passes that have begun.
    input logic                  entries_left,
    input logic [  TAP_BITS-1:0] stride_h,
    input logic [  TAP_BITS-1:0] stride_w,
    input logic                  bypass,
    input logic                  direct,
    input logic                  one_by_one,
    input logic                  kernel_write,
    input logic                  kernel_bank,
    input logic [INDEX_BITS-1:0] kernel_index,
    input logic [           7:0] kernel_weight,

    // Ring input buffer and coefficient buffer, as in dilution; the window as in mac_unit.
    input  logic                    entry_valid,
    input  logic                    entry_line_end,
    input  logic [ WINDOW_BITS-1:0] entry_window,
    output logic                    entry_release,
    output logic [  CHUNK_BITS-1:0] chunk,
    input  logic [       CHUNK-1:0] activation_map,
    input  logic [     8*CHUNK-1:0] activations,
    input  logic [ENTRY_CHUNKS-1:0] visited,
    input  logic [       CHUNK-1:0] coefficient_map,
    input  logic [       CHUNK-1:0] coefficient_sign,

    // Weight buffer, as in mac_unit.
    output logic [             MULTIPLIERS-1:0] weight_valid,
    output logic                                weight_bank,
    output logic [               TILE_BITS-1:0] weight_tile,
    output logic [CHANNEL_BITS*MULTIPLIERS-1:0] weight_channels,
    output logic [  INDEX_BITS*MULTIPLIERS-1:0] weight_taps,
    input  logic [           8*MULTIPLIERS-1:0] weights,

    // Line buffer and slice merge, as in mac_unit.
    output logic [             MULTIPLIERS-1:0] add_valid,
    output logic [   MULTIPLIERS*LINE_BITS-1:0] add_lines,
    output logic [ MULTIPLIERS*COLUMN_BITS-1:0] add_columns,
    output logic [MULTIPLIERS*PRODUCT_BITS-1:0] add_products,
    input  logic [             NUMBER_BITS-1:0] unread,
    output logic                                line_end_done,

    output logic element_push,  // into the element queue, to look at

    // Row state: work, wait input, wait weights, queue full, wait merge, idle.
    output logic [2:0] state
);

  // What an element is: a value, or in direct mode activations with their channels.
  localparam int COUNT_BITS = $clog2(MULTIPLIERS + 1);
  localparam int DIRECT_BITS = COUNT_BITS + (8 + CHANNEL_BITS) * MULTIPLIERS;
  localparam int PAYLOAD_BITS = VALUE_BITS > DIRECT_BITS ? VALUE_BITS : DIRECT_BITS;

  logic push_ready;
  logic ca_release;
  logic [CHUNK_BITS-1:0] ca_chunk;
  logic ca_valid;
  logic signed [VALUE_BITS-1:0] ca_value;
  logic ca_line_end;
  logic [WINDOW_BITS-1:0] ca_window;
  logic ca_holds;
  logic ca_blocked;
  logic [CHUNK-1:0] activation_mask;
  ca_unit #(
      .CHUNK(CHUNK),
      .LANES(LANES),
      .ENTRY_CHUNKS(ENTRY_CHUNKS),
      .SLOT_QUEUE_ROWS(SLOT_QUEUE_ROWS),
      .LOOK_AHEAD(LOOK_AHEAD),
      .OFFSETS(OFFSETS),
      .PATTERN(PATTERN),
      .TAG_BITS(WINDOW_BITS)
  ) ca (
      .clk,
      .rst,
      .entry_valid(entry_valid & ~direct),
      .entry_line_end,
      .entry_tag(entry_window),
      .entry_release(ca_release),
      .chunk(ca_chunk),
      .activation_map,
      .activations,
      .visited,
      .coefficient_map,
      .coefficient_sign,
      .element_ready(push_ready),
      .element_valid(ca_valid),
      .element_value(ca_value),
      .element_line_end(ca_line_end),
      .element_tag(ca_window),
      .holds(ca_holds),
      .blocked(ca_blocked),
      .activation_mask
  );

  logic pick_release;
  logic [CHUNK_BITS-1:0] pick_chunk;
  logic pick_valid;
  logic [DIRECT_BITS-1:0] picked;
  logic pick_line_end;
  logic pick_blocked;
  direct_picker #(
      .CHUNK(CHUNK),
      .ENTRY_CHUNKS(ENTRY_CHUNKS),
      .MULTIPLIERS(MULTIPLIERS)
  ) picker (
      .clk,
      .rst,
      .one_by_one,
      .entry_valid(entry_valid & direct),
      .entry_line_end,
      .entry_release(pick_release),
      .chunk(pick_chunk),
      .activation_map,
      .activations,
      .visited,
      .coefficient_map,
      .activation_mask,
      .element_ready(push_ready),
      .element_valid(pick_valid),
      .element_count(picked[DIRECT_BITS-1-:COUNT_BITS]),
      .element_inputs(picked[0+:8*MULTIPLIERS]),
      .element_channels(picked[8*MULTIPLIERS+:CHANNEL_BITS*MULTIPLIERS]),
      .element_line_end(pick_line_end),
      .blocked(pick_blocked)
  );
  assign entry_release = ca_release | pick_release;
  assign chunk = direct ? pick_chunk : ca_chunk;

  wire push_valid = direct ? pick_valid : ca_valid;
  wire [PAYLOAD_BITS-1:0] push_payload = direct ? PAYLOAD_BITS'(picked) : PAYLOAD_BITS'(unsigned'(ca_value));
  wire push_line_end = direct ? pick_line_end : ca_line_end;
  wire [WINDOW_BITS-1:0] push_window = direct ? entry_window : ca_window;
  logic pop_valid;
  logic pop_ready;
  logic [PAYLOAD_BITS-1:0] pop_payload;
  logic pop_line_end;
  logic [WINDOW_BITS-1:0] pop_window;
  fifo #(
      .WIDTH(PAYLOAD_BITS + 1 + WINDOW_BITS),
      .DEPTH(ELEMENT_QUEUE)
  ) elements (
      .clk,
      .rst,
      .push_valid,
      .push_ready,
      .push_data({push_payload, push_line_end, push_window}),
      .pop_valid,
      .pop_ready,
      .pop_data({pop_payload, pop_line_end, pop_window})
  );
  assign element_push = push_valid & push_ready;

  logic mac_busy;
  logic mac_waits_weights;
  logic mac_waits;
  mac_unit #(
      .VALUE_BITS(VALUE_BITS),
      .MULTIPLIERS(MULTIPLIERS),
      .KERNEL(KERNEL),
      .LINE_BITS(LINE_BITS),
      .COLUMN_BITS(COLUMN_BITS),
      .NUMBER_BITS(NUMBER_BITS),
      .TILE_BITS(TILE_BITS),
      .CHANNEL_BITS(CHANNEL_BITS),
      .WEIGHT_PORT(WEIGHT_PORT)
  ) mac (
      .clk,
      .rst,
      .stride_h,
      .stride_w,
      .bypass,
      .direct,
      .one_by_one,
      .kernel_write,
      .kernel_bank,
      .kernel_index,
      .kernel_weight,
      .element_valid(pop_valid),
      .element_ready(pop_ready),
      .element_value(pop_payload[VALUE_BITS-1:0]),
      .element_count(pop_payload[DIRECT_BITS-1-:COUNT_BITS]),
      .element_inputs(pop_payload[0+:8*MULTIPLIERS]),
      .element_channels(pop_payload[8*MULTIPLIERS+:CHANNEL_BITS*MULTIPLIERS]),
      .element_line_end(pop_line_end),
      .element_window(pop_window),
      .weight_valid,
      .weight_bank,
      .weight_tile,
      .weight_channels,
      .weight_taps,
      .weights,
      .add_valid,
      .add_lines,
      .add_columns,
      .add_products,
      .unread,
      .busy(mac_busy),
      .waits_for_weights(mac_waits_weights),
      .waits_for_line(mac_waits),
      .line_end_done
  );

  // In direct mode an entry stands for the element.
  wire holds = ca_holds | (entry_valid & direct);
  wire blocked = ca_blocked | pick_blocked;
  always_comb begin
    if (mac_busy || (holds && !blocked)) state = 3'd0;
    else if (!holds && entries_left) state = 3'd1;
    else if (mac_waits_weights) state = 3'd2;
    else if (blocked) state = 3'd3;
    else if (mac_waits) state = 3'd4;
    else state = 3'd5;
  end

endmodule
