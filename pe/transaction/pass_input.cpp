#include "pe/transaction/pass_input.h"

#include <algorithm>

namespace escalate {

void PassInput::read_row(int h, std::span<const int> columns) {
  h_ = h;
  maps_.clear();
  begin_.clear();
  for (const int w : columns) {
    for (const PassRows::Tile& tile : rows_.tiles) {
      begin_.push_back(maps_.size());
      for (int c = 0; c < tile.channels; c += chunk_) {
        const int width = std::min(chunk_, tile.channels - c);
        maps_.push_back(buffer_.map(run_.input.at(h, w) + tile.first_channel + c, width));
      }
    }
  }
}

}  // namespace escalate
