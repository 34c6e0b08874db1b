// Takes activations in direct mode (docs/microarchitecture.md, section 10): of each visited chunk the
// matched non-zero ones in channel order, one a cycle, or up to MULTIPLIERS if the kernel is 1 x 1.
//
// The i-th match in channel order is the i-th in the order of the packed activations too: the former
// gives the channel, the latter, which is dilution's activation mask, the value.
module direct_picker #(
    parameter int CHUNK = 64,
    parameter int ENTRY_CHUNKS = 4,
    parameter int MULTIPLIERS = 5,
    localparam int CHUNK_BITS = ENTRY_CHUNKS > 1 ? $clog2(ENTRY_CHUNKS) : 1,
    localparam int CHANNEL_BITS = $clog2(ENTRY_CHUNKS * CHUNK),
    localparam int COUNT_BITS = $clog2(MULTIPLIERS + 1)
) (
    input logic clk,
    input logic rst,

    input logic one_by_one,  // of the layer: R = S = 1

    // Ring input buffer and coefficient buffer, as in dilution.
    input  logic                    entry_valid,
    input  logic                    entry_line_end,
    output logic                    entry_release,
    output logic [  CHUNK_BITS-1:0] chunk,
    input  logic [       CHUNK-1:0] activation_map,
    input  logic [     8*CHUNK-1:0] activations,
    input  logic [ENTRY_CHUNKS-1:0] visited,
    input  logic [       CHUNK-1:0] coefficient_map,  // channels whose kernel is not all zero
    input  logic [       CHUNK-1:0] activation_mask,          // packed activations that meet one

    // Element queue: what is taken in a cycle. Nothing but the last of a line end may be empty.
    input  logic                                element_ready,
    output logic                                element_valid,
    output logic [              COUNT_BITS-1:0] element_count,
    output logic [           8*MULTIPLIERS-1:0] element_inputs,    // zero beyond the count
    output logic [CHANNEL_BITS*MULTIPLIERS-1:0] element_channels,  // of the entry
    output logic                                element_line_end,

    output logic blocked  // by the element queue
);

  logic [ENTRY_CHUNKS-1:0] done;  // chunks read before, and all below them
  wire [ENTRY_CHUNKS-1:0] to_come = visited & ~done;
  wire [ENTRY_CHUNKS-1:0] lowest = to_come & (~to_come + 1'b1);
  always_comb begin
    chunk = '0;
    for (int i = 0; i < ENTRY_CHUNKS; i++) if (lowest[i]) chunk |= CHUNK_BITS'(i);
  end

  // Matches of the chunk that have not been taken, by channel and by place among the activations.
  logic [CHUNK-1:0] taken_channels;
  logic [CHUNK-1:0] taken_places;
  for (genvar i = 0; i < MULTIPLIERS; i++) begin : g_pick
    logic [CHUNK-1:0] channels;
    logic [CHUNK-1:0] places;
    if (i == 0) begin : g_first
      assign channels = visited == '0 ? '0 : activation_map & coefficient_map & ~taken_channels;
      assign places = visited == '0 ? '0 : activation_mask & ~taken_places;
    end else begin : g_next
      assign channels = g_pick[i-1].channels_left;
      assign places = g_pick[i-1].places_left;
    end
    wire takes = (i == 0 || one_by_one) && channels != '0;
    wire [CHUNK-1:0] channel = channels & (~channels + 1'b1) & {CHUNK{takes}};
    wire [CHUNK-1:0] place = places & (~places + 1'b1) & {CHUNK{takes}};
    wire [CHUNK-1:0] channels_left = channels & ~channel;
    wire [CHUNK-1:0] places_left = places & ~place;
    logic [7:0] value;
    logic [CHANNEL_BITS-1:0] number;
    always_comb begin
      value = '0;
      number = '0;
      for (int c = 0; c < CHUNK; c++) begin
        if (place[c]) value |= activations[8*c+:8];
        if (channel[c]) number |= CHANNEL_BITS'(c);
      end
      number = number + CHANNEL_BITS'(32'(chunk) * CHUNK);
    end
    assign element_inputs[8*i+:8] = value;
    assign element_channels[CHANNEL_BITS*i+:CHANNEL_BITS] = number;
  end
  always_comb begin
    element_count = '0;
    for (int i = 0; i < MULTIPLIERS; i++) begin
      if (element_inputs[8*i+:8] != '0) element_count = COUNT_BITS'(i + 1);
    end
  end

  wire [CHUNK-1:0] channels_left = g_pick[MULTIPLIERS-1].channels_left;
  wire [CHUNK-1:0] places_left = g_pick[MULTIPLIERS-1].places_left;
  wire ends_chunk = channels_left == '0;
  wire ends_entry = ends_chunk && to_come == lowest;
  wire pushes = element_count != '0 || (ends_entry && entry_line_end);
  wire fires = entry_valid && (!pushes || element_ready);
  assign element_valid = entry_valid && pushes;
  assign element_line_end = ends_entry && entry_line_end;
  assign entry_release = fires && ends_entry;
  assign blocked = entry_valid && pushes && !element_ready;

  always_ff @(posedge clk) begin
    if (rst || entry_release) begin
      done <= '0;
      taken_channels <= '0;
      taken_places <= '0;
    end else if (fires && ends_chunk) begin
      done <= done | lowest | (lowest - 1'b1);
      taken_channels <= '0;
      taken_places <= '0;
    end else if (fires) begin
      taken_channels <= activation_map & coefficient_map & ~channels_left;
      taken_places <= activation_mask & ~places_left;
    end
  end

endmodule
